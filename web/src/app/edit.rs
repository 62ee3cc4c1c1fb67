//! The network as a document: made, changed, opened, saved and run. The text is the truth; what is done with the picture of the
//! network changes the text, and both have one history.
//!
//! Absent on purpose: pictures and words (see `view::editor`), and the run itself (see [`super::session`]).

pub mod change;
pub mod document;
pub mod drafts;
pub mod examples;
pub mod field;
pub mod plan;
pub mod programs;

use std::collections::BTreeMap;

use sim_core::scenario::text::{self, Mistake};
use sim_core::scenario::{Experiment, NodeKind, Scenario};
use sim_core::trace::NodeId;

use super::session::Session;
use super::{Effect, Model};
use change::Change;
use document::Document;
use drafts::Drafts;
use field::{Field, Refused};
use plan::{Part, Plan};
use programs::Offer;

/// The longest text that the page takes, in bytes: far above any network that can be watched, and each key is still answered at once.
pub const MOST_TEXT: usize = 256 << 10;

/// What the model knows of the document.
#[derive(Clone, Debug)]
pub struct Edit {
    /// The text with its history.
    pub document: Document,
    /// What the text says, or its mistakes.
    pub reading: Reading,
    /// What the file is called, without its end.
    pub name: String,
    /// The text that runs, when a text does.
    ran: Option<String>,
    /// The text is not what the lab wrote of its own network, what was opened, or what was saved.
    pub changed: bool,
    /// The network that was on screen when somebody looked last: where its nodes lie in memory, and itself.
    mirrored: (usize, Scenario),
    /// The picture is being edited.
    pub drawing: bool,
    /// What is chosen in the picture.
    pub chosen: Option<Part>,
    /// The node that the next one that is chosen is connected with.
    pub joining: Option<usize>,
    /// What was written in a field and cannot be.
    pub refused: Option<Refused>,
    /// The gallery of examples is shown.
    pub gallery: bool,
    /// What must be said of the document.
    pub said: Option<Said>,
    /// What is kept in the browser.
    pub drafts: Drafts,
    /// Where the caret shall be, and a number that grows with each wish.
    pub caret: (usize, u32),
    /// Where nodes of the network that runs stand on its picture: shares of its width and height.
    pub places: BTreeMap<NodeId, (f64, f64)>,
}

/// What a text says.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The nodes and links of the text: of the last one whose lines could be told apart.
    pub plan: Plan,
    /// The plan is that of an older text.
    pub stale: bool,
    /// The experiment, or what is wrong.
    pub result: Result<Experiment, Vec<Mistake>>,
}

/// Something that must be said of the document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// It was opened, under this name; what was there comes back with Undo.
    Opened(String),
    /// It was saved under this name.
    Saved(String),
    /// It runs.
    Running,
    /// It has so many mistakes, and what ran before goes on.
    Mistakes(usize),
    /// What came has so many bytes: too many.
    TooLong(usize),
    /// What came is no text.
    NoText(String),
    /// The browser keeps no more; the document is here as long as the page is open.
    StorageFull,
    /// Two nodes are connected already, or the network refuses the link, for this reason.
    Refused(Mistake),
    /// So many full-width marks were written as plain ones.
    Repaired(usize),
    /// Choose the other end of the link that begins at the node of this name.
    ChooseOther(String),
}

/// What can happen to the document.
#[derive(Clone, Debug, PartialEq)]
pub enum Msg {
    /// The text was written.
    Text(String),
    /// Takes the last change back.
    Undo,
    /// Makes the change again that was taken back.
    Redo,
    /// Edit the picture, or look at the stage again.
    Draw(bool),
    /// Choose a node or a link of the picture.
    Choose(Option<Part>),
    /// Connect this node with the one that is chosen next.
    Join(Option<usize>),
    /// Change the network.
    Change(Change),
    /// A field of what is chosen was written.
    Field(Field, String),
    /// Adds a program to a node.
    Program(usize, Offer),
    /// Runs the text.
    Run,
    /// Writes full-width marks and curly quotes as plain ones.
    Repair,
    /// Puts the caret at a line and a column, from 1.
    GoTo(usize, usize),
    /// Shows the examples, or hides them.
    Gallery(bool),
    /// Opens an example, by its place in [`examples::ALL`].
    Example(usize),
    /// A file was opened, or came from elsewhere: its name and its text.
    Opened {
        /// The file's name.
        name: String,
        /// What is in it.
        text: String,
    },
    /// A file was opened that is no text, or too long: its name, and how many bytes it has.
    NotOpened(String, usize),
    /// Saves the text as a file.
    Save,
    /// What an earlier visit left in the browser, by its slot.
    Found(Vec<(usize, String)>),
    /// Opens what was found in this slot, or forgets it.
    Recover(usize, bool),
    /// Whether the browser has kept the document.
    Kept(bool),
}

impl Default for Edit {
    fn default() -> Edit {
        Edit {
            document: Document::default(),
            reading: Reading { plan: Plan::default(), stale: false, result: Err(Vec::new()) },
            name: String::new(),
            ran: None,
            changed: false,
            mirrored: (0, Scenario::default()),
            drawing: false,
            chosen: None,
            joining: None,
            refused: None,
            gallery: false,
            said: None,
            drafts: Drafts::default(),
            caret: (0, 0),
            places: BTreeMap::new(),
        }
    }
}

impl Edit {
    /// Whether what runs is what the text says.
    pub fn runs(&self) -> bool {
        self.ran.as_deref() == Some(self.document.text())
    }

    /// The experiment, when the text is right.
    pub fn experiment(&self) -> Option<&Experiment> {
        self.reading.result.as_ref().ok()
    }

    /// What is wrong with the text.
    pub fn mistakes(&self) -> &[Mistake] {
        self.reading.result.as_ref().err().map_or(&[], Vec::as_slice)
    }

    /// The name for a file, with its end.
    pub fn file_name(&self) -> String {
        let name = if self.name.is_empty() { "network" } else { &self.name };
        format!("{name}.net")
    }

    /// Whether the lines of the text cannot be told apart, so that [`Reading::plan`] is that of an older text.
    pub fn is_stale(&self) -> bool {
        self.reading.stale
    }

    /// The number of the text's line that is this line of the listing of a node's program, by the node's place.
    pub fn program_line(&self, node: usize, program: &str, line: u16) -> Option<usize> {
        self.program_lines(node, program).get(usize::from(line).checked_sub(1)?).copied()
    }

    /// The number of the text's line of each line of the listing of a node's program; none where the text does not say.
    pub fn program_lines(&self, node: usize, program: &str) -> Vec<usize> {
        self.listing(node, program).unwrap_or_default()
    }

    fn listing(&self, node: usize, program: &str) -> Option<Vec<usize>> {
        // The places of an older text are not places of this one.
        if self.is_stale() {
            return None;
        }
        let is_program = |child: &&text::outline::Line| match child.words.as_slice() {
            [first, name, ..] => plan::is(first, "program") && name.text == program,
            _ => false,
        };
        let program = self.reading.plan.line(Part::Node(node))?.children.iter().find(is_program)?;
        let (first, text) = (program.children.first()?.number, self.document.text());
        let lines: Vec<&str> = text[program.children.first()?.start..program.end].lines().collect();
        let listed: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].trim_start().starts_with('|')).collect();
        // A listing of its own stands on lines with a bar; otherwise the lines are the listing.
        let places = if listed.is_empty() { (0..lines.len()).collect() } else { listed };
        Some(places.into_iter().map(|at| first + at).collect())
    }

    fn read(&mut self) {
        let text = self.document.text();
        let plan = Plan::of(text);
        self.reading.stale = plan.is_none();
        if let Some(plan) = plan {
            self.reading.plan = plan;
        }
        self.reading.result = text::parse(text).map_err(|mistakes| mistakes.0);
        let plan = &self.reading.plan;
        self.chosen = self.chosen.filter(|part| plan.has(*part));
        self.joining = self.joining.filter(|node| plan.has(Part::Node(*node)));
    }

    /// Makes this the text, as one change.
    fn write(&mut self, text: String, typing: bool, effects: &mut Vec<Effect>) {
        if text == self.document.text() {
            return;
        }
        self.document.change(text, typing);
        self.changed = true;
        self.refused = None;
        self.said = None;
        self.read();
        effects.push(Effect::KeepDraft);
    }

    fn go_to(&mut self, at: usize) {
        self.caret = (at, self.caret.1.wrapping_add(1));
    }

    /// A text that is whole: opened, or written by the lab.
    fn open(&mut self, name: String, text: String) {
        if self.document.text().is_empty() {
            self.document = Document::new(text);
        } else {
            self.document.change(text, false);
        }
        self.name = name;
        self.changed = false;
        (self.chosen, self.joining, self.refused) = (None, None, None);
        self.read();
        self.go_to(0);
    }
}

/// Changes the document by one message.
pub(crate) fn update(model: &mut Model, msg: Msg, effects: &mut Vec<Effect>) {
    let edit = &mut model.edit;
    match msg {
        Msg::Text(text) if text.len() > MOST_TEXT => {
            edit.said = Some(Said::TooLong(text.len()));
            // The box shows again what is kept.
            edit.go_to(edit.caret.0);
        }
        Msg::Text(text) => edit.write(text, true, effects),
        Msg::Undo => step(edit, Document::undo, effects),
        Msg::Redo => step(edit, Document::redo, effects),
        Msg::Draw(on) => {
            edit.drawing = on;
            (edit.joining, edit.refused) = (None, None);
        }
        Msg::Choose(part) => choose(edit, part, effects),
        Msg::Join(node) => {
            edit.joining = node.filter(|node| edit.reading.plan.has(Part::Node(*node)));
            let name = edit.joining.and_then(|node| edit.reading.plan.nodes.get(node)).map(|node| node.name.clone());
            edit.said = name.map(Said::ChooseOther);
        }
        Msg::Change(change) => apply(edit, &change, effects),
        // The places of lines are those of an older text.
        Msg::Field(..) | Msg::Program(..) if edit.is_stale() => {}
        Msg::Field(field, value) => field::write(edit, field, &value, effects),
        Msg::Program(node, offer) => {
            if let Some(text) = programs::add(edit.document.text(), &edit.reading.plan, node, offer) {
                edit.write(text, false, effects);
            }
        }
        Msg::Run => run(model),
        Msg::Repair => repair(edit, effects),
        Msg::GoTo(line, column) => {
            let at = document::place(edit.document.text(), line, column);
            edit.go_to(at);
            model.panes.show(super::pane::Pane::Text);
        }
        Msg::Gallery(on) => edit.gallery = on,
        Msg::Example(place) => {
            if let Some(example) = examples::ALL.get(place) {
                edit.gallery = false;
                opened(model, example.name, example.text.to_owned(), effects);
                run(model);
            }
        }
        Msg::Opened { name, text } => opened(model, &name, text, effects),
        Msg::NotOpened(name, bytes) => {
            edit.said = Some(if bytes > MOST_TEXT { Said::TooLong(bytes) } else { Said::NoText(name) });
        }
        Msg::Save => save(edit, effects),
        Msg::Found(found) => edit.drafts.found(found),
        Msg::Recover(slot, open) => recover(model, slot, open, effects),
        Msg::Kept(kept) => {
            if edit.drafts.kept(kept) {
                edit.said = Some(Said::StorageFull);
            }
        }
    }
}

/// A step in the history.
fn step(edit: &mut Edit, way: fn(&mut Document) -> Option<usize>, effects: &mut Vec<Effect>) {
    let Some(at) = way(&mut edit.document) else { return };
    edit.changed = true;
    (edit.refused, edit.said) = (None, None);
    edit.read();
    edit.go_to(at);
    effects.push(Effect::KeepDraft);
}

fn choose(edit: &mut Edit, part: Option<Part>, effects: &mut Vec<Effect>) {
    edit.refused = None;
    if let (Some(from), Some(Part::Node(to))) = (edit.joining, part)
        && from != to
    {
        edit.joining = None;
        return apply(edit, &Change::Connect(from, to), effects);
    }
    edit.joining = None;
    edit.chosen = part.filter(|part| edit.reading.plan.has(*part));
    if matches!(edit.said, Some(Said::ChooseOther(_))) {
        edit.said = None;
    }
}

/// Makes a change of the network, unless the text would say what cannot be and did not before.
fn apply(edit: &mut Edit, change: &Change, effects: &mut Vec<Effect>) {
    if edit.is_stale() {
        return;
    }
    let Some(text) = change.apply(edit.document.text(), &edit.reading.plan) else { return };
    // A node that goes may leave others that name it: that is for the learner to see.
    let checked = matches!(change, Change::Connect(..));
    if checked
        && edit.experiment().is_some()
        && let Err(mistakes) = text::parse(&text)
        && let Some(first) = mistakes.0.into_iter().next()
    {
        edit.said = Some(Said::Refused(first));
        return;
    }
    let typing = matches!(change, Change::Move(..));
    edit.write(text, typing, effects);
    match change {
        Change::Add(..) => edit.chosen = edit.reading.plan.nodes.len().checked_sub(1).map(Part::Node),
        Change::Connect(..) => edit.chosen = edit.reading.plan.links.len().checked_sub(1).map(Part::Link),
        Change::Delete(_) => edit.chosen = None,
        Change::Move(..) | Change::Drop(..) => {}
    }
}

/// Runs the text: the lab starts anew with it. What ran before goes on when it cannot be run.
fn run(model: &mut Model) {
    let edit = &mut model.edit;
    let experiment = match &edit.reading.result {
        Ok(experiment) => experiment.clone(),
        Err(mistakes) => {
            edit.said = Some(Said::Mistakes(mistakes.len()));
            model.panes.show(super::pane::Pane::Text);
            return;
        }
    };
    let places = shares(&experiment);
    // The text's mistakes have been found: what the network still refuses is one of the scenario as a whole.
    let Ok(session) = Session::experiment(experiment) else {
        edit.said = Some(Said::Mistakes(1));
        return;
    };
    model.open(session);
    let mirrored = (address(model), model.session.scenario.clone());
    let edit = &mut model.edit;
    edit.mirrored = mirrored;
    edit.ran = Some(edit.document.text().to_owned());
    edit.places = places;
    edit.said = Some(Said::Running);
    edit.drawing = false;
    model.player.playing = true;
}

/// A network that was opened with this text runs: the text is the document, unless somebody has written another.
pub(super) fn adopt(model: &mut Model, text: &str) {
    let Ok(experiment) = text::parse(text) else { return };
    let mirrored = (address(model), model.session.scenario.clone());
    let edit = &mut model.edit;
    edit.mirrored = mirrored;
    edit.places = shares(&experiment);
    edit.ran = Some(text.to_owned());
    if !edit.changed && text.len() <= MOST_TEXT {
        edit.open(String::new(), text.to_owned());
        edit.said = None;
    }
}

fn shares(experiment: &Experiment) -> BTreeMap<NodeId, (f64, f64)> {
    let share = |thousandths: u16| f64::from(thousandths) / 1e3;
    sim_core::order::map(experiment.places.iter().map(|(node, (x, y))| (*node, (share(*x), share(*y)))))
}

/// A text from elsewhere takes the place of the one that is there, which Undo brings back.
fn opened(model: &mut Model, name: &str, text: String, effects: &mut Vec<Effect>) {
    let edit = &mut model.edit;
    if text.len() > MOST_TEXT {
        edit.said = Some(Said::TooLong(text.len()));
        return;
    }
    // What nobody has saved is offered as what an earlier visit left is.
    let unsaved = edit.changed.then(|| edit.document.text().to_owned()).filter(|text| !text.trim().is_empty());
    effects.extend(edit.drafts.slot().map(|slot| match unsaved {
        Some(unsaved) => {
            edit.drafts.leave(slot, unsaved.clone());
            Effect::LeaveDraft(slot, unsaved)
        }
        None => Effect::ForgetDraft(slot),
    }));
    let name = name.strip_suffix(".net").unwrap_or(name).to_owned();
    edit.open(name.clone(), text);
    edit.said = Some(Said::Opened(name));
    if !edit.mistakes().is_empty() {
        model.panes.show(super::pane::Pane::Text);
    }
}

fn save(edit: &mut Edit, effects: &mut Vec<Effect>) {
    let name = edit.file_name();
    let bytes = edit.document.text().as_bytes().to_vec();
    effects.push(Effect::Save { name: name.clone(), mime: "text/plain", bytes });
    effects.extend(edit.drafts.slot().map(Effect::ForgetDraft));
    edit.changed = false;
    edit.said = Some(Said::Saved(name));
}

fn recover(model: &mut Model, slot: usize, open: bool, effects: &mut Vec<Effect>) {
    let Some(text) = model.edit.drafts.take(slot) else { return };
    effects.push(Effect::ForgetDraft(slot));
    if open {
        opened(model, "", text, effects);
        // It is saved nowhere else.
        model.edit.changed = true;
        effects.push(Effect::KeepDraft);
    }
}

fn repair(edit: &mut Edit, effects: &mut Vec<Effect>) {
    let (text, repaired) = document::repaired(edit.document.text());
    edit.write(text, false, effects);
    edit.said = Some(Said::Repaired(repaired));
}

/// Where the network on screen lies in memory: cheap to ask at every message, and another as soon as it may be another network.
fn address(model: &Model) -> usize {
    model.session.scenario.nodes.as_ptr() as usize
}

/// Makes the text that of the network on screen, where nobody has written another: whoever looks at it finds it.
pub(super) fn follow(model: &mut Model) {
    let now = address(model);
    if model.edit.mirrored.0 == now {
        return;
    }
    model.edit.mirrored.0 = now;
    if model.edit.mirrored.1 == model.session.scenario {
        return;
    }
    let session = &model.session;
    model.edit.mirrored.1 = session.scenario.clone();
    let experiment =
        Experiment { scenario: session.scenario.clone(), seed: Some(session.seed), ..Experiment::default() };
    let text = text::print(&experiment);
    let edit = &mut model.edit;
    edit.places.clear();
    if edit.changed || text.len() > MOST_TEXT {
        // What somebody has written stays, and is not what runs now.
        edit.ran = None;
        return;
    }
    edit.ran = Some(text.clone());
    edit.open(String::new(), text);
    edit.said = None;
}

/// The word of the language for a kind of node.
pub const fn keyword(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Host => "host",
        NodeKind::Router => "router",
        NodeKind::Switch => "switch",
        NodeKind::Gateway => "gateway",
    }
}
