//! `docs/configuration.md`, generated from the table of settings.

use std::fmt::Write;

use super::options::{Config, Shown};

const HEAD: &str = "\
<!-- Generated from crates/service/src/config/options.rs; a test compares it. -->
# Configuration

Nothing needs to be configured. Settings are read from these places, the later ones win:

1. `/etc/bgcopy/config.toml`
2. `/etc/bgcopy/conf.d/*.toml`, by name
3. `$XDG_CONFIG_HOME/bgcopy/config.toml`, usually `~/.config/bgcopy/config.toml`; not for the machine-wide
   service
4. environment variables: `BGCOPY_` and the name of the setting in capitals, as in `BGCOPY_BACKGROUND_JOBS=2`
5. flags of `bgcopy daemon`

With `bgcopy daemon --config FILE` only that file is read in place of 1 to 3.

Files are TOML. A name that does not exist or a value of the wrong type refuses the start and is told with
file and line; at a reload (`SIGHUP`) the settings in force stay. `bgcopy config` shows every setting with its
value and where it comes from.

```toml
# ~/.config/bgcopy/config.toml
background_jobs = 2
max_background_download_bandwidth = 2000   # KB/s
free_space_floor = \"2 GiB, 5 %\"
```

## Settings
";

/// The manual page of the configuration.
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for Shown { name, value, expected, doc } in Config::default().shown() {
        // The page must not change with every release.
        let value = value.replace(env!("CARGO_PKG_VERSION"), "VERSION");
        let doc = doc.lines().map(str::trim).collect::<Vec<_>>().join("\n");
        let written = write!(page, "\n### `{name}`\n\n{doc}\n\n- Value: {expected}\n- Default: `{value}`\n");
        written.expect("a String takes every text");
    }
    page
}
