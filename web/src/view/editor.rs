//! The network as a document, in pictures and words: the picture of its nodes and links, the form of what is chosen, the lines of the
//! text with their marks, and what must be said.
//!
//! Absent on purpose: changes (see `app::edit`), and the elements that show this.

use std::collections::BTreeMap;

use sim_core::scenario::NodeKind;
use sim_core::trace::{NodeId, ProcessId, What};

use super::layout::{self, Overrides};
use super::notice::Said;
use super::scene::Rect;
use crate::app::edit::field::{self, Fault, Field};
use crate::app::edit::plan::{MOST_NODES, Part};
use crate::app::edit::programs::Offer;
use crate::app::edit::{self, Edit, MOST_TEXT};
use crate::app::thing::Thing;
use crate::app::{Model, Msg};
use crate::catalogue::edit::Words;
use crate::catalogue::{fill, mistakes};

/// The picture of a network for editing; places are percent of its width and height.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Picture {
    /// The nodes, in the order of the text.
    pub nodes: Vec<NodePicture>,
    /// The links, in the order of the text.
    pub links: Vec<LinkPicture>,
    /// How many nodes stand beside each other, and under each other.
    pub cells: (f64, f64),
}

/// A node of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct NodePicture {
    /// Its centre.
    pub at: (f64, f64),
    /// Its name.
    pub name: String,
    /// What it is, in a word.
    pub kind: &'static str,
    /// The word of the language for what it is.
    pub keyword: &'static str,
    /// What a screen reader says.
    pub label: String,
    /// It is chosen.
    pub chosen: bool,
    /// A connection begins at it.
    pub joining: bool,
}

/// A link of the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct LinkPicture {
    /// The nodes at its ends.
    pub ends: [usize; 2],
    /// Where they stand.
    pub points: [(f64, f64); 2],
    /// What a screen reader says.
    pub label: String,
    /// It is chosen.
    pub chosen: bool,
}

/// Percent of the picture that stay free at its edges.
const MARGIN: (f64, f64) = (11.0, 12.0);

/// The picture, or nothing where there are too many nodes for one.
pub fn picture(model: &Model) -> Picture {
    let plan = &model.edit.reading.plan;
    if plan.nodes.len() > MOST_NODES {
        return Picture::default();
    }
    let words = &model.language.words().edit;
    let share = |thousandths: u16| f64::from(thousandths) / 1e3;
    let placed = (0..).zip(&plan.nodes).filter_map(|(id, node)| Some((NodeId(id), node.place?)));
    let overrides: Overrides = placed.map(|(id, (x, y))| (id, (share(x), share(y)))).collect();
    let layout = layout::place(&plan.sketch(), &overrides);
    let points = layout.fit(Rect::new(0.0, 0.0, 100.0, 100.0), MARGIN, false);
    let node = |(index, (node, at)): (usize, (&edit::plan::PlanNode, &(f64, f64)))| NodePicture {
        at: *at,
        name: node.name.clone(),
        kind: kind_word(words, node.kind),
        keyword: edit::keyword(node.kind),
        label: label(words, node.kind, &node.name, model.edit.chosen == Some(Part::Node(index))),
        chosen: model.edit.chosen == Some(Part::Node(index)),
        joining: model.edit.joining == Some(index),
    };
    let link = |(index, link): (usize, &edit::plan::PlanLink)| {
        let chosen = model.edit.chosen == Some(Part::Link(index));
        let [from, to] = link.ends.map(|end| plan.nodes[end].name.as_str());
        let suffix = if chosen { words.chosen_suffix } else { "" };
        LinkPicture {
            ends: link.ends,
            points: link.ends.map(|end| points[end]),
            label: fill(words.link_named, &[("from", from), ("to", to)]) + suffix,
            chosen,
        }
    };
    Picture {
        nodes: plan.nodes.iter().zip(&points).enumerate().map(node).collect(),
        links: plan.links.iter().enumerate().map(link).collect(),
        cells: layout.cells(),
    }
}

/// The place that a text writes for a point of the picture, in percent: the inverse of what the picture does with it.
pub fn place_at(picture: &Picture, (x, y): (f64, f64)) -> (u16, u16) {
    let thousandths = |at: f64, margin: f64, cells: f64| {
        let along = ((at - margin) / (100.0 - 2.0 * margin)).clamp(0.0, 1.0);
        let share = if cells > 1.0 { (along * (cells - 1.0) + 0.5) / cells } else { along };
        (share * 1e3).round().clamp(0.0, 1e3) as u16
    };
    (thousandths(x, MARGIN.0, picture.cells.0), thousandths(y, MARGIN.1, picture.cells.1))
}

fn kind_word(words: &Words, kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::Host => words.host,
        NodeKind::Router => words.router,
        NodeKind::Switch => words.switch,
        NodeKind::Gateway => words.gateway,
    }
}

fn label(words: &Words, kind: NodeKind, name: &str, chosen: bool) -> String {
    let sentence = match kind {
        NodeKind::Host => words.host_named,
        NodeKind::Router => words.router_named,
        NodeKind::Switch => words.switch_named,
        NodeKind::Gateway => words.gateway_named,
    };
    fill(sentence, &[("name", name)]) + if chosen { words.chosen_suffix } else { "" }
}

/// What stands above the picture: how it is edited, or why it cannot be.
pub fn picture_hint(model: &Model) -> String {
    let words = &model.language.words().edit;
    let edit = &model.edit;
    let many = edit.reading.plan.nodes.len();
    if let Some(from) = edit.joining.and_then(|from| edit.reading.plan.nodes.get(from)) {
        return fill(words.choose_other, &[("name", &from.name)]);
    }
    match many {
        _ if is_stale(edit) => words.picture_stale.to_owned(),
        0 => words.picture_empty.to_owned(),
        many if many > MOST_NODES => {
            fill(words.picture_too_many, &[("n", &many.to_string()), ("most", &MOST_NODES.to_string())])
        }
        _ => words.picture_hint.to_owned(),
    }
}

/// Whether the lines of the text cannot be told apart, so that the picture is an older one.
pub fn is_stale(edit: &Edit) -> bool {
    edit.is_stale()
}

/// A field of the form.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which.
    pub field: Field,
    /// Its id in the document.
    pub id: String,
    /// What it is called.
    pub label: String,
    /// What stands in it.
    pub value: String,
    /// What is there where it is empty.
    pub usual: String,
    /// What is wrong with what was written.
    pub wrong: Option<String>,
}

/// The form of what is chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct Form {
    /// What it is of.
    pub part: Part,
    /// Its title.
    pub title: String,
    /// Its fields, in groups with a heading each, which may be empty.
    pub groups: Vec<(String, Vec<Row>)>,
    /// The programs of a node: the number of the line, and the line.
    pub programs: Vec<(usize, String)>,
    /// Whether programs can be added.
    pub runs_programs: bool,
    /// The nodes that it can be connected to, with their names.
    pub others: Vec<(usize, String)>,
    /// The number of its line in the text.
    pub line: usize,
}

/// The form of what is chosen, when something is.
pub fn form(model: &Model) -> Option<Form> {
    let (edit, words) = (&model.edit, &model.language.words().edit);
    let plan = &edit.reading.plan;
    let part = edit.chosen?;
    let line = plan.line(part)?.number;
    match part {
        Part::Node(index) => {
            let node = plan.nodes.get(index)?;
            let runs_programs = matches!(node.kind, NodeKind::Host | NodeKind::Router);
            let others = plan.nodes.iter().enumerate().filter(|(other, _)| *other != index);
            Some(Form {
                part,
                title: label(words, node.kind, &node.name, false),
                groups: vec![(String::new(), node_rows(model, node.kind))],
                programs: field::programs(edit, index),
                runs_programs,
                others: others.take(MOST_NODES).map(|(other, node)| (other, node.name.clone())).collect(),
                line,
            })
        }
        Part::Link(index) => {
            let [from, to] = plan.links.get(index)?.ends.map(|end| plan.nodes[end].name.as_str());
            let plain =
                [Field::Rate, Field::Delay, Field::Jitter, Field::Queue].map(|field| row(model, field)).to_vec();
            let direction = |end: usize, from: &str, to: &str| {
                let rows = Fault::ALL.map(|fault| row(model, Field::Fault(fault, end))).to_vec();
                (fill(words.direction, &[("from", from), ("to", to)]), rows)
            };
            Some(Form {
                part,
                title: fill(words.link_named, &[("from", from), ("to", to)]),
                groups: vec![(String::new(), plain), direction(0, from, to), direction(1, to, from)],
                programs: Vec::new(),
                runs_programs: false,
                others: Vec::new(),
                line,
            })
        }
    }
}

fn node_rows(model: &Model, kind: NodeKind) -> Vec<Row> {
    let mut rows = vec![row(model, Field::Name)];
    for place in 0..field::interfaces(&model.edit).min(16) {
        rows.extend([row(model, Field::Address(place)), row(model, Field::Mtu(place))]);
    }
    if matches!(kind, NodeKind::Host | NodeKind::Router) {
        rows.push(row(model, Field::Route));
    }
    rows
}

fn row(model: &Model, field: Field) -> Row {
    let (edit, words) = (&model.edit, &model.language.words().edit);
    let refused = edit.refused.as_ref().filter(|refused| refused.field == field);
    let usual = field::usual(edit, field);
    Row {
        field,
        id: field_id(field),
        label: field_label(model, field),
        value: refused.map_or_else(|| field::value(edit, field), |refused| refused.value.clone()),
        usual: if usual.is_empty() { usual } else { fill(words.usual, &[("value", &usual)]) },
        wrong: refused.map(|refused| mistakes::wrong(model.language, &refused.why.what)),
    }
}

fn field_id(field: Field) -> String {
    match field {
        Field::Name => "edit-name".to_owned(),
        Field::Address(place) => format!("edit-address-{place}"),
        Field::Mtu(place) => format!("edit-mtu-{place}"),
        Field::Route => "edit-route".to_owned(),
        Field::Rate => "edit-rate".to_owned(),
        Field::Delay => "edit-delay".to_owned(),
        Field::Jitter => "edit-jitter".to_owned(),
        Field::Queue => "edit-queue".to_owned(),
        Field::Fault(fault, end) => {
            let fault = Fault::ALL.iter().position(|known| *known == fault).unwrap_or_default();
            format!("edit-fault-{fault}-{end}")
        }
    }
}

fn field_label(model: &Model, field: Field) -> String {
    let (edit, words) = (&model.edit, &model.language.words().edit);
    let several = field::interfaces(edit) > 1;
    let interface = |place: usize| match edit.chosen {
        Some(Part::Node(node)) => edit
            .experiment()
            .and_then(|experiment| experiment.scenario.nodes.get(node)?.interfaces.get(place))
            .map_or_else(|| format!("eth{place}"), |interface| interface.name.clone()),
        _ => String::new(),
    };
    let label = match field {
        Field::Name => words.name,
        Field::Address(place) if several => return fill(words.addresses_of, &[("interface", &interface(place))]),
        Field::Mtu(place) if several => return fill(words.mtu_of, &[("interface", &interface(place))]),
        Field::Address(_) => words.address,
        Field::Mtu(_) => words.mtu,
        Field::Route => words.default_route,
        Field::Rate => words.rate,
        Field::Delay => words.delay,
        Field::Jitter => words.jitter,
        Field::Queue => words.queue,
        Field::Fault(Fault::Loss, _) => words.loss,
        Field::Fault(Fault::Duplicate, _) => words.duplicate,
        Field::Fault(Fault::Corrupt, _) => words.corrupt,
        Field::Fault(Fault::Reorder, _) => words.reorder,
    };
    label.to_owned()
}

/// What a program that is offered is called.
pub fn offer(words: &'static Words, offer: Offer) -> &'static str {
    match offer {
        Offer::TcpServer => words.tcp_server,
        Offer::TcpClient => words.tcp_client,
        Offer::UdpServer => words.udp_server,
        Offer::UdpClient => words.udp_client,
        Offer::Ping => words.ping,
        Offer::HttpServer => words.http_server,
        Offer::HttpGet => words.http_get,
        Offer::DnsServer => words.dns_server,
        Offer::Lookup => words.lookup,
        Offer::DhcpServer => words.dhcp_server,
        Offer::DhcpClient => words.dhcp_client,
    }
}

/// What must be said of the document.
pub fn said(model: &Model) -> Option<Said> {
    let words = &model.language.words().edit;
    let many = |sentence: &str, n: usize| fill(sentence, &[("n", &n.to_string()), ("most", &MOST_TEXT.to_string())]);
    let said = model.edit.said.as_ref()?;
    let text = match said {
        edit::Said::Opened(name) if name.is_empty() => return None,
        edit::Said::Opened(name) => fill(words.opened, &[("name", name)]),
        edit::Said::Saved(name) => fill(words.saved, &[("name", name)]),
        edit::Said::Running => words.running.to_owned(),
        edit::Said::Mistakes(n) => many(words.not_run, *n),
        edit::Said::TooLong(n) => many(words.too_long, *n),
        edit::Said::NoText(name) => fill(words.no_text, &[("name", name)]),
        edit::Said::StorageFull => words.storage_full.to_owned(),
        edit::Said::Refused(why) => fill(words.refused, &[("why", &mistakes::wrong(model.language, &why.what))]),
        edit::Said::Repaired(n) => many(words.repaired, *n),
        edit::Said::ChooseOther(_) => return None,
    };
    let news =
        matches!(said, edit::Said::Opened(_) | edit::Said::Saved(_) | edit::Said::Running | edit::Said::Repaired(_));
    Some(Said { text, failure: !news })
}

/// Whether what runs is what the text says.
pub fn status(model: &Model) -> String {
    let words = &model.language.words().edit;
    let mistakes = model.edit.mistakes().len();
    match (model.edit.runs(), mistakes) {
        (true, _) => words.runs_now.to_owned(),
        (false, 0) => words.differs.to_owned(),
        (false, n) => fill(words.has_mistakes, &[("n", &n.to_string())]),
    }
}

/// A mistake as the list has it: its sentence, and where choosing it leads.
pub fn mistake_rows(model: &Model) -> Vec<(String, (usize, usize))> {
    let mistakes = model.edit.mistakes().iter();
    mistakes.map(|mistake| (mistakes::mistake(model.language, mistake), (mistake.line, mistake.column))).collect()
}

/// How a line of the text is marked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mark {
    /// A program is at this line.
    Running,
    /// It is chosen, or kin of what is chosen.
    Chosen,
    /// It has a mistake.
    Mistake,
}

/// The marks of lines of the text, by their numbers.
pub fn marks(model: &Model) -> BTreeMap<usize, Mark> {
    let mut marks = BTreeMap::new();
    if model.edit.runs() {
        for at in processes(model) {
            for (line, number) in lines_of(model, &at) {
                if model.kin.has(Thing::Line(at.process, line)) {
                    marks.insert(number, Mark::Chosen);
                } else if at.line == Some(line) {
                    marks.insert(number, Mark::Running);
                }
            }
        }
    }
    marks.extend(model.edit.mistakes().iter().map(|mistake| (mistake.line, Mark::Mistake)));
    marks
}

/// Where a process is.
struct At {
    process: ProcessId,
    node: NodeId,
    /// The line that it is at, while it runs.
    line: Option<u16>,
}

/// The processes that did something of late, at the moment on screen.
fn processes(model: &Model) -> Vec<At> {
    /// Facts that are looked at, back from the moment on screen.
    const FACTS: usize = 3_000;
    let mut found: BTreeMap<u32, At> = BTreeMap::new();
    let facts = model.session.trace.facts();
    let end = model.fact().map_or(0, |now| facts.len().min(now.0 as usize + 1));
    for fact in facts[..end].iter().rev().take(FACTS) {
        let (process, line) = match &fact.what {
            What::Called { process, line, .. } => (*process, Some(*line)),
            What::Exited { process, .. } | What::Killed { process } => (*process, None),
            _ => continue,
        };
        found.entry(process.0).or_insert(At { process, node: fact.node, line });
    }
    found.into_values().collect()
}

/// The lines of a process's listing, from 1, each with the number of the text's line that it is.
fn lines_of(model: &Model, at: &At) -> impl Iterator<Item = (u16, usize)> + use<> {
    let script = model.session.program(at.process.0);
    let numbers = script.map(|script| model.edit.program_lines(usize::from(at.node.0), &script.name));
    let many = script.map_or(0, |script| script.source.len());
    (1..).zip(numbers.unwrap_or_default()).take(many)
}

/// What choosing a line of the text chooses: the line of the process that runs it.
pub fn choose_line(model: &Model, number: usize) -> Option<Msg> {
    if !model.edit.runs() {
        return None;
    }
    processes(model).iter().find_map(|at| {
        let (line, _) = lines_of(model, at).find(|(_, of_text)| *of_text == number)?;
        Some(Msg::Choose(Thing::Line(at.process, line)))
    })
}

/// What an earlier visit left: the slot, and a sentence.
pub fn recovered(model: &Model) -> Option<(usize, String)> {
    let words = &model.language.words().edit;
    let (slot, first) = model.edit.drafts.offered()?;
    let first: String = first.chars().take(60).collect();
    Some((slot, fill(words.recovered, &[("first", &first)])))
}
