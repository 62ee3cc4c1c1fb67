//! The panes under the stage: three places, each with a view of the learner's choice.
//!
//! Absent on purpose: what is in a pane, and how wide it is.

/// A view that stands in a pane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pane {
    /// Frames as arrows between time lines.
    Ladder,
    /// All that happened, as a table.
    Table,
    /// The bytes of a frame and their fields.
    Bytes,
    /// The states of a TCP connection.
    States,
    /// Sequence numbers and buffers.
    Ruler,
    /// Variables over time.
    Plots,
    /// The tables of a host.
    Hosts,
    /// Links and hosts, and how they are set.
    Controls,
    /// The scenario as text.
    Text,
    /// Two futures side by side.
    Compare,
}

impl Pane {
    /// Every pane, in the order of the menu.
    pub const ALL: [Pane; 10] = [
        Pane::Ladder,
        Pane::Table,
        Pane::Bytes,
        Pane::States,
        Pane::Ruler,
        Pane::Plots,
        Pane::Hosts,
        Pane::Controls,
        Pane::Text,
        Pane::Compare,
    ];

    /// Its name in links, ids and storage.
    pub const fn name(self) -> &'static str {
        match self {
            Pane::Ladder => "ladder",
            Pane::Table => "table",
            Pane::Bytes => "bytes",
            Pane::States => "states",
            Pane::Ruler => "ruler",
            Pane::Plots => "plots",
            Pane::Hosts => "hosts",
            Pane::Controls => "controls",
            Pane::Text => "text",
            Pane::Compare => "compare",
        }
    }

    /// The pane of this name.
    pub fn from_name(name: &str) -> Option<Pane> {
        Pane::ALL.into_iter().find(|pane| pane.name() == name)
    }
}

/// Which view stands in which of the three places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Panes([Pane; 3]);

impl Default for Panes {
    fn default() -> Panes {
        Panes([Pane::Ladder, Pane::Table, Pane::Bytes])
    }
}

impl Panes {
    /// The view in a place.
    ///
    /// # Panics
    /// When the place is not below 3.
    pub fn at(&self, place: usize) -> Pane {
        self.0[place]
    }

    /// Puts a view in a place; when it stands in another, the two change places.
    ///
    /// # Panics
    /// When the place is not below 3.
    pub fn put(&mut self, place: usize, pane: Pane) {
        if let Some(other) = self.0.iter().position(|shown| *shown == pane) {
            self.0[other] = self.0[place];
        }
        self.0[place] = pane;
    }

    /// Whether a view is shown.
    pub fn shows(&self, pane: Pane) -> bool {
        self.0.contains(&pane)
    }

    /// Shows a view, in the last place when it is not shown yet.
    pub fn show(&mut self, pane: Pane) {
        if !self.shows(pane) {
            self.put(2, pane);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_panes_change_places() {
        let mut panes = Panes::default();
        panes.put(0, Pane::Bytes);
        assert_eq!(panes, Panes([Pane::Bytes, Pane::Table, Pane::Ladder]));
        panes.put(1, Pane::Plots);
        assert_eq!(panes, Panes([Pane::Bytes, Pane::Plots, Pane::Ladder]));
    }

    #[test]
    fn names_come_back() {
        for pane in Pane::ALL {
            assert_eq!(Pane::from_name(pane.name()), Some(pane));
        }
    }
}
