//! Asking for a password: on the terminal, without showing it, and never anywhere else.

use std::fs::File;
use std::io::{BufReader, Read as _, Write as _};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};

use crate::failure::Failure;

/// Bytes of a password that is typed: more than anybody types.
const TYPED_MAX: usize = 1_024;

/// Asks for a password. Where there is no terminal nobody could answer, so that is a failure.
pub(crate) fn password(whose: &str) -> Result<String, Failure> {
    let no_terminal = || {
        Failure::Usage(format!(
            "there is no password for {whose}, and no terminal to ask for one; write it like NAME:PASSWORD"
        ))
    };
    let mut terminal = File::options().read(true).write(true).open("/dev/tty").map_err(|_| no_terminal())?;
    let before = tcgetattr(&terminal).map_err(|_| no_terminal())?;
    write!(terminal, "Password for {whose}: ")?;
    // Signals are off too: Ctrl-C must not leave the terminal without echo. It is read as a character.
    let mut hidden = before.clone();
    hidden.local_modes &= !(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG);
    let restore = Restore { terminal: terminal.try_clone()?, before };
    tcsetattr(&terminal, OptionalActions::Flush, &hidden).map_err(std::io::Error::from)?;
    let typed = read_typed(BufReader::new(terminal.try_clone()?).bytes().map_while(Result::ok));
    drop(restore);
    writeln!(terminal)?;
    typed.ok_or(Failure::Interrupted)
}

/// Puts the terminal back as it was, however the reading ends.
struct Restore {
    terminal: File,
    before: Termios,
}

impl Drop for Restore {
    fn drop(&mut self) {
        // There is nothing to do about a terminal that went away.
        let _ = tcsetattr(&self.terminal, OptionalActions::Flush, &self.before);
    }
}

/// What was typed up to the end of the line; `None` when it was interrupted.
fn read_typed(keys: impl Iterator<Item = u8>) -> Option<String> {
    const INTERRUPT: u8 = 0x03;
    const END: u8 = 0x04;
    const ERASE_LINE: u8 = 0x15;
    let mut typed = Vec::new();
    for key in keys {
        match key {
            b'\n' | b'\r' | END => return Some(String::from_utf8_lossy(&typed).into_owned()),
            INTERRUPT => return None,
            0x08 | 0x7F => {
                // One character may be several bytes: those that continue one go first.
                while typed.pop().is_some_and(|byte| byte & 0xC0 == 0x80) {}
            }
            ERASE_LINE => typed.clear(),
            key if typed.len() < TYPED_MAX => typed.push(key),
            _ => {}
        }
    }
    Some(String::from_utf8_lossy(&typed).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_become_a_password() {
        for (keys, typed) in [
            (&b"s3cret\nmore"[..], Some("s3cret")),
            (b"ab\x7fc\r", Some("ac")),
            ("aé\x7fb\n".as_bytes(), Some("ab")),
            (b"wrong\x15right\n", Some("right")),
            (b"\x7f\x7fa\n", Some("a")),
            (b"abc\x03", None),
            (b"cut off", Some("cut off")),
        ] {
            assert_eq!(read_typed(keys.iter().copied()).as_deref(), typed);
        }
        let endless = std::iter::repeat_n(b'x', 10 * TYPED_MAX);
        assert_eq!(read_typed(endless).unwrap().len(), TYPED_MAX);
    }
}
