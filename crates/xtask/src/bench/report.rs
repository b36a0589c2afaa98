//! What was measured, for a person and as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;

use serde::Serialize;

/// Everything that a run measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) title: String,
    pub(super) machine: Machine,
    /// Of the programs that took part.
    pub(super) versions: BTreeMap<String, String>,
    pub(super) rows: Vec<Row>,
    /// What a reader has to know to judge the figures.
    pub(super) notes: Vec<String>,
}

/// Where it was measured.
#[derive(Debug, Serialize)]
pub(super) struct Machine {
    pub(super) processors: usize,
    pub(super) model: String,
    pub(super) kernel: String,
}

/// A contender and its figures.
#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) figures: Vec<Figure>,
}

/// One quantity over all rounds.
#[derive(Debug, Serialize)]
pub(super) struct Figure {
    pub(super) name: &'static str,
    pub(super) value: Summary,
    /// The quantity divided by that of the yardstick of the same round.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ratio: Option<Summary>,
}

/// Samples in short.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Summary {
    pub(super) median: f64,
    pub(super) min: f64,
    pub(super) max: f64,
}

impl Summary {
    /// Of at least one sample; of none it is all zero.
    pub(super) fn of(samples: &[f64]) -> Self {
        Self { median: quantile(samples, 0.5), min: quantile(samples, 0.0), max: quantile(samples, 1.0) }
    }

    /// Of the ratios pair by pair.
    pub(super) fn of_ratios(samples: &[f64], yardstick: &[f64]) -> Self {
        let ratios: Vec<_> = samples.iter().zip(yardstick).map(|(a, b)| a / b).collect();
        Self::of(&ratios)
    }
}

/// The sample that `q` of all samples do not exceed; between two samples, their mean by weight.
pub(super) fn quantile(samples: &[f64], q: f64) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let Some(last) = sorted.len().checked_sub(1) else { return 0.0 };
    let at = q.clamp(0.0, 1.0) * last as f64;
    let below = at.floor() as usize;
    let above = at.ceil() as usize;
    sorted[below] + (sorted[above] - sorted[below]) * (at - at.floor())
}

impl Figure {
    /// A figure without a yardstick.
    pub(super) fn new(name: &'static str, samples: &[f64]) -> Self {
        Self { name, value: Summary::of(samples), ratio: None }
    }

    /// Where there is nothing to measure.
    pub(super) fn none(name: &'static str) -> Self {
        let nothing = Summary { median: f64::NAN, min: f64::NAN, max: f64::NAN };
        Self { name, value: nothing, ratio: None }
    }

    /// A figure beside a yardstick's.
    pub(super) fn beside(name: &'static str, samples: &[f64], yardstick: &[f64]) -> Self {
        Self { ratio: Some(Summary::of_ratios(samples, yardstick)), ..Self::new(name, samples) }
    }
}

impl Machine {
    /// This one.
    pub(super) fn this() -> Self {
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpuinfo.lines().find(|line| line.starts_with("model name"));
        let model = model.and_then(|line| line.split_once(':')).map_or("unknown", |(_, model)| model.trim());
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            model: model.to_owned(),
            kernel: kernel.trim().to_owned(),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Machine { processors, model, kernel } = &self.machine;
        writeln!(f, "{}\n{processors} processors ({model}), Linux {kernel}", self.title)?;
        for (name, version) in &self.versions {
            writeln!(f, "{name}: {version}")?;
        }
        writeln!(f)?;
        let Some(first) = self.rows.first() else { return writeln!(f, "nothing was measured") };
        let name_width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        write!(f, "{:name_width$}", "")?;
        for figure in &first.figures {
            write!(f, "  {:>CELL_WIDTH$}", figure.name)?;
        }
        for row in &self.rows {
            write!(f, "\n{:name_width$}", row.name)?;
            for figure in &row.figures {
                write!(f, "  {:>CELL_WIDTH$}", figure.to_string())?;
            }
        }
        writeln!(f, "\n\nmedian [lowest-highest] xratio, where there is one")?;
        for note in &self.notes {
            writeln!(f, "{note}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { median, min, max } = self.value;
        if median.is_nan() {
            return write!(f, "-");
        }
        write!(f, "{median:.2} [{min:.2}-{max:.2}]")?;
        match self.ratio {
            Some(ratio) => write!(f, " x{:.2}", ratio.median),
            None => Ok(()),
        }
    }
}

/// Room for `1234.56 [1234.56-1234.56] x1.00`.
const CELL_WIDTH: usize = 31;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_quantiles() {
        assert_eq!(quantile(&[3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(quantile(&[4.0, 1.0, 2.0, 3.0], 0.5), 2.5);
        assert_eq!(quantile(&[1.0, 2.0, 3.0], 1.0), 3.0);
        assert_eq!(quantile(&[], 0.5), 0.0);
    }

    #[test]
    fn ratios_are_taken_round_by_round() {
        // The second round was twice as slow for both: no ratio changes.
        let ratios = Summary::of_ratios(&[0.5, 1.0], &[1.0, 2.0]);
        assert_eq!(ratios, Summary { median: 0.5, min: 0.5, max: 0.5 });
    }

    #[test]
    fn a_report_is_a_table() {
        let report = Report {
            title: "one file".to_owned(),
            machine: Machine { processors: 2, model: "m".to_owned(), kernel: "k".to_owned() },
            versions: BTreeMap::from([("curl".to_owned(), "1".to_owned())]),
            rows: vec![Row {
                name: "curl".to_owned(),
                figures: vec![Figure::beside("wall s", &[1.0, 3.0], &[1.0, 1.5])],
            }],
            notes: vec!["a note".to_owned()],
        };
        let text = report.to_string();
        assert!(text.contains("one file\n2 processors (m), Linux k\ncurl: 1\n"), "{text}");
        assert!(text.contains("2.00 [1.00-3.00] x1.50\n"), "{text}");
        assert!(text.ends_with("a note\n"), "{text}");
    }
}
