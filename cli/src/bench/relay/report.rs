//! What was measured, by contender, column and round; as a table in Markdown and as JSON.
//!
//! Absent: goals. They are in the mind of whoever reads.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::{Value as Json, json};

use super::Value;
use super::contender::{CONTENDERS, Contender};
use super::measure::{COLUMNS, Column};

/// Figures by contender and column, one for each round.
pub(super) struct Report {
    rounds: u16,
    figures: BTreeMap<(&'static str, Column), BTreeMap<usize, f64>>,
    absent: Vec<&'static Contender>,
    failed: Vec<(&'static str, String, String)>,
}

struct Spread {
    least: f64,
    median: f64,
    most: f64,
}

impl Spread {
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<_> = values.collect();
        values.sort_by(f64::total_cmp);
        Some(Self { least: *values.first()?, median: values[values.len() / 2], most: *values.last()? })
    }
}

impl Report {
    pub(super) fn new(rounds: u16) -> Self {
        Self { rounds, figures: BTreeMap::new(), absent: Vec::new(), failed: Vec::new() }
    }

    pub(super) fn add(&mut self, round: usize, contender: &'static Contender, values: &[Value]) {
        for (column, value) in values {
            self.figures.entry((contender.name, *column)).or_default().insert(round, *value);
        }
    }

    pub(super) fn absent(&mut self, contender: &'static Contender) {
        self.absent.push(contender);
    }

    pub(super) fn failed(&mut self, contender: &'static Contender, group: &str, error: &str) {
        let failure = (contender.name, group.to_owned(), error.to_owned());
        if !self.failed.contains(&failure) {
            self.failed.push(failure);
        }
    }

    fn spread(&self, name: &'static str, column: Column) -> Option<Spread> {
        Spread::of(self.figures.get(&(name, column))?.values().copied())
    }

    /// How many times what plain TCP had in the same round.
    fn ratio(&self, name: &'static str, column: Column) -> Option<Spread> {
        let plain = self.figures.get(&(CONTENDERS[0].name, column))?;
        let own = self.figures.get(&(name, column))?;
        Spread::of(own.iter().filter_map(|(round, value)| Some(value / plain.get(round)?)))
    }

    fn measured(&self) -> impl Iterator<Item = &'static str> {
        let names = CONTENDERS.iter().map(|contender| contender.name);
        names.filter(|name| self.figures.keys().any(|(measured, _)| measured == name))
    }

    pub(super) fn json(&self) -> Json {
        let show = |spread: Option<Spread>| {
            spread.map(|Spread { least, median, most }| json!({ "median": median, "least": least, "most": most }))
        };
        let rows = self.measured().map(|name| {
            let mut row = json!({ "name": name });
            for (column, key, _) in COLUMNS {
                row[key] = show(self.spread(name, column)).into();
                row[format!("{key}_ratio")] = show(self.ratio(name, column)).into();
            }
            row
        });
        json!({
            "rounds": self.rounds,
            "columns": COLUMNS.iter().map(|(_, key, what)| json!({ "key": key, "what": what })).collect::<Vec<_>>(),
            "absent": self.absent.iter().map(|one| json!({ "name": one.name, "install": one.install })).collect::<Vec<_>>(),
            "failed": self.failed.iter().map(|(name, group, error)| json!({ "name": name, "measuring": group, "error": error })).collect::<Vec<_>>(),
            "rows": rows.collect::<Vec<_>>(),
        })
    }

    pub(super) fn table(&self) -> String {
        let heads = [
            "",
            "up 64 KiB",
            "down 64 KiB",
            "up 1 KiB MiB/s",
            "down 1 KiB MiB/s",
            "echo p50 / p99 µs",
            "p50/plain",
            "connections/s",
            "streams/s",
            "CPU s/GiB up / down",
            "KiB/connection",
            "KiB/stream",
        ];
        let mut rows = vec![heads.map(str::to_owned), heads.map(|_| "---".to_owned())];
        rows.extend(self.measured().map(|name| self.row(name)));
        let widths = std::array::from_fn::<_, 12, _>(|column| {
            rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)
        });
        let mut table = String::new();
        for row in &rows {
            let cells: Vec<_> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            let _ = writeln!(table, "| {} |", cells.join(" | "));
        }
        let _ = writeln!(
            table,
            "\nMedians of {} rounds. Of 64 KiB: the ratio to plain TCP in the same round.",
            self.rounds
        );
        for (name, group, error) in &self.failed {
            let _ = writeln!(table, "{name} did not get through {group}: {error}");
        }
        for one in &self.absent {
            let _ =
                writeln!(table, "{} is not here: `{}` brings it, and then it is measured too.", one.name, one.install);
        }
        table
    }

    fn row(&self, name: &'static str) -> [String; 12] {
        let figure = |column, digits: usize| {
            self.spread(name, column).map_or("–".to_owned(), |spread| format!("{:.digits$}", spread.median))
        };
        let pair = |[first, second]: [Column; 2], digits| match (figure(first, digits), figure(second, digits)) {
            (first, second) if first == "–" && second == "–" => first,
            (first, second) => format!("{first} / {second}"),
        };
        let ratio =
            |column| self.ratio(name, column).map_or("–".to_owned(), |spread| format!("{:.2}", spread.median));
        let large = |column| match name == CONTENDERS[0].name {
            true => format!("1 ({} MiB/s)", figure(column, 0)),
            false => ratio(column),
        };
        [
            name.to_owned(),
            large(Column::Up64),
            large(Column::Down64),
            figure(Column::Up1, 0),
            figure(Column::Down1, 0),
            pair([Column::EchoMedian, Column::EchoHigh], 0),
            ratio(Column::EchoMedian),
            figure(Column::Connections, 0),
            figure(Column::Streams, 0),
            pair([Column::CpuUp, Column::CpuDown], 2),
            figure(Column::IdleConnection, 1),
            figure(Column::IdleStream, 1),
        ]
    }
}
