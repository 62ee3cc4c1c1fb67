//! Never colour alone: what a colour tells apart differs in form, pattern, label or place, too.
//!
//! Absent: whether colours can be read on their grounds (`view::theme` checks that), and elements of the page, whose words say it.

use web::app::tcp::{Msg as Tcp, Series};
use web::app::thing::Thing;
use web::app::{Msg, Way, update};
use web::view::scene::{Dash, Scene, Shape, Tip};
use web::view::theme::Role;
use web::view::{ladder, plots, states};

use crate::branch::{lossy, opened};
use crate::harness::Page;

/// A run in which frames are lost, at its end.
fn with_losses() -> Page {
    let mut page = opened(lossy(100));
    page.play(600.0);
    update(&mut page.model, Msg::End(Way::Forward));
    assert!(page.model.session.index.frames().iter().any(|frame| frame.end.is_some_and(|end| end.dropped.is_some())));
    page
}

/// What is left of a picture's shapes for who sees no colours, by what a click on them chooses.
fn forms(scene: &Scene, thing: Thing) -> Vec<String> {
    let form = |shape: &Shape| match shape {
        Shape::Box { fill, edge, weight, pick, .. } if *pick == Some(thing) => {
            Some(format!("box {} {} {weight}", fill.is_some(), edge.is_some()))
        }
        Shape::Line { weight, tip, pick, .. } if *pick == Some(thing) => Some(format!("line {tip:?} {weight}")),
        Shape::Path { closed, dash, weight, pick, .. } if *pick == Some(thing) => {
            Some(format!("path {closed} {dash:?} {weight}"))
        }
        _ => None,
    };
    scene.shapes.iter().filter_map(form).collect()
}
#[test]
fn what_is_lost_has_a_cross_and_what_is_chosen_is_heavier() {
    let mut page = with_losses();
    let frames = page.model.session.index.frames();
    let lost =
        frames.iter().find(|frame| frame.end.is_some_and(|end| end.dropped.is_some())).expect("one is lost").clone();
    let near = frames[lost.id.0 as usize + 1].clone();
    update(&mut page.model, Msg::Choose(Thing::Frame(near.id)));
    let scene = ladder::ladder(&page.model, 600.0, 900.0);
    let has = |thing, part: &str| forms(&scene, thing).iter().any(|form| form.contains(part));
    assert!(has(Thing::Frame(lost.id), "Cross") && !has(Thing::Frame(lost.id), "Arrow"));
    assert!(has(Thing::Frame(near.id), "Arrow") && !has(Thing::Frame(near.id), "Cross"));
    update(&mut page.model, Msg::Choose(Thing::Frame(lost.id)));
    let other = ladder::ladder(&page.model, 600.0, 900.0);
    assert_ne!(forms(&other, Thing::Frame(near.id)), forms(&scene, Thing::Frame(near.id)), "chosen and not");
}

#[test]
fn two_directions_point_to_two_sides() {
    let mut page = with_losses();
    let middle = page.model.session.index.frames()[20].id;
    update(&mut page.model, Msg::Choose(Thing::Frame(middle)));
    let scene = ladder::ladder(&page.model, 600.0, 900.0);
    let index = &page.model.session.index;
    let to_the_right = |shape: &Shape| match shape {
        Shape::Line { from, to, tip: Tip::Arrow, pick: Some(Thing::Frame(frame)), .. } => {
            Some((index.frame(*frame)?.from, to.0 > from.0))
        }
        _ => None,
    };
    let mut ways: Vec<_> = scene.shapes.iter().filter_map(to_the_right).collect();
    ways.sort();
    ways.dedup();
    assert_eq!(ways.len(), 2, "a direction for each sender: {ways:?}");
    assert_ne!(ways[0].1, ways[1].1);
}

#[test]
fn two_ends_of_a_connection_have_letters_and_shapes_of_their_own() {
    let page = with_losses();
    let scene = states::states(&page.model, 460.0, 0.0);
    let socket = |shape: &Shape| match shape {
        Shape::Box { pick: Some(Thing::Socket(socket)), .. } => Some((*socket, "box")),
        Shape::Path { pick: Some(Thing::Socket(socket)), closed: true, .. } => Some((*socket, "disc")),
        _ => None,
    };
    let mut marks: Vec<_> = scene.shapes.iter().filter_map(socket).collect();
    marks.sort();
    marks.dedup();
    assert_eq!(marks.len(), 2, "{marks:?}");
    assert_ne!(marks[0].1, marks[1].1);
    let mut letters: Vec<&str> = scene.texts().filter(|text| text.len() == 1).collect();
    letters.sort_unstable();
    letters.dedup();
    assert_eq!(letters, ["R", "S"], "those of receiver and sender");
}

/// Lines of one picture that have the same pattern have names at their ends, each joined to its line.
#[test]
fn each_line_of_a_plot_has_its_name_at_its_end() {
    let mut page = with_losses();
    for series in Series::ALL {
        update(&mut page.model, Msg::Tcp(Tcp::Series(series, true)));
    }
    let scene = plots::plots(&page.model, 800.0, 0.0);
    let is_line = |ink: Role| matches!(ink, Role::SeriesOne | Role::SeriesTwo | Role::SeriesThree | Role::SeriesFour);
    // A sample of the line stands before its name.
    let samples = scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Path { points, ink: Some(ink), dash, weight, .. }
            if is_line(*ink) && points.len() == 2 && *weight > 1.5 =>
        {
            let flat = points[0].1 == points[1].1 && (points[1].0 - points[0].0 - 18.0).abs() < 0.1;
            flat.then_some((points[1], *dash))
        }
        _ => None,
    });
    let names = samples.map(|((x, y), dash)| {
        let name = scene.shapes.iter().find_map(|shape| match shape {
            Shape::Text { at, text, .. } if (at.0 - x).abs() < 8.0 && (at.1 - y).abs() < 1.0 => Some(text.clone()),
            _ => None,
        });
        (name.expect("a name stands beside its sample"), dash)
    });
    let names: Vec<(String, Dash)> = names.collect();
    assert!(names.len() >= 6, "{names:?}");
    for (place, (name, _)) in names.iter().enumerate() {
        assert!(names[..place].iter().all(|(other, _)| other != name), "{name} stands twice");
    }
    assert!(names.iter().any(|(_, dash)| *dash != Dash::Whole), "{names:?}");
}
