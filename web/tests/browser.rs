//! The page in a real browser, from inside: it mounts, plays and paints.
//!
//! Absent: what needs a server or a user (the end-to-end tests have them).
#![cfg(target_arch = "wasm32")]

use sim_core::scenario::text;
use sim_core::time::Instant;
use sim_core::trace::What;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};
use web::app::session::Session;
use web::app::share::Msg as Share;
use web::app::{Effect, Model, Msg, Theme, Way, update};
use web::browser::painter;
use web::catalogue::Language;
use web::view::scene::Scene;
use web::view::theme::Shade;
use web::view::{ladder, stage};
use web_sys::HtmlCanvasElement;

wasm_bindgen_test_configure!(run_in_browser);

fn window() -> web_sys::Window {
    web_sys::window().expect("tests run in a browser")
}

fn element(id: &str) -> Option<web_sys::HtmlElement> {
    window().document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// The next animation frame.
async fn frame() {
    let next = js_sys::Promise::new(&mut |resolve, _| {
        window().request_animation_frame(&resolve).expect("frames come");
    });
    wasm_bindgen_futures::JsFuture::from(next).await.expect("a frame is no failure");
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..1_200 {
        if holds() {
            return;
        }
        frame().await;
    }
    panic!("{what} did not come within 1200 frames");
}

#[wasm_bindgen_test]
async fn the_page_mounts_plays_and_paints() {
    web::browser::start().await;
    until("the page", || element("send").is_some()).await;
    let speed: web_sys::HtmlSelectElement = element("speed").unwrap().dyn_into().unwrap();
    speed.set_value("14");
    speed.dispatch_event(&web_sys::Event::new("change").unwrap()).unwrap();
    element("send").unwrap().click();
    until("the answer", || element("outcome").is_some_and(|said| said.inner_text().contains("b'hi'"))).await;
    let canvas: HtmlCanvasElement = element("stage").unwrap().dyn_into().unwrap();
    assert!(canvas.width() > 100 && canvas.height() > 100, "{} by {}", canvas.width(), canvas.height());
    let empty: HtmlCanvasElement = window().document().unwrap().create_element("canvas").unwrap().dyn_into().unwrap();
    empty.set_width(canvas.width());
    empty.set_height(canvas.height());
    assert!(canvas.to_data_url().unwrap() != empty.to_data_url().unwrap(), "something is painted");
}

#[wasm_bindgen_test]
fn a_session_replays_in_the_browser() {
    let mut model = Model::new(Language::English, Theme::Light);
    update(&mut model, Msg::Send);
    model.session.watch(web::app::film::FilmTime(1e9));
    let replayed = model.session.replay();
    assert_eq!(model.session.trace.hash(), replayed.trace.hash());
}

/// Sends a message and all that follows of it, and gives the address that the page has asked for.
fn carry(model: &mut Model, msg: Msg) -> Option<String> {
    let (mut messages, mut address) = (vec![msg], None);
    while let Some(msg) = messages.pop() {
        for effect in update(model, msg) {
            match effect {
                Effect::Address(fragment) => address = Some(fragment),
                Effect::Soon => messages.push(Msg::Share(Share::Work)),
                _ => {}
            }
        }
    }
    address
}

#[wasm_bindgen_test]
fn a_link_made_in_the_browser_opens_the_same_run_there() {
    let mut model = Model::new(Language::English, Theme::Light);
    update(&mut model, Msg::Send);
    model.session.watch(web::app::film::FilmTime(1e9));
    update(&mut model, Msg::End(Way::Forward));
    let address = carry(&mut model, Msg::Share(Share::Link)).expect("there is a link");
    let link = address.strip_prefix("s=").expect("it says what it is").to_owned();
    let mut other = Model::new(Language::English, Theme::Light);
    assert!(other.session.trace.hash() != model.session.trace.hash(), "it was another run");
    carry(&mut other, Msg::Share(Share::Open(link)));
    assert_eq!(other.session.trace.hash(), model.session.trace.hash());
    assert_eq!((other.player.at, other.session.inputs.len()), (model.player.at, model.session.inputs.len()));
}

/// Twenty hosts at a switch, each of which sends a hundred and ten datagrams at once over a link of a fifth of a second.
fn crowd() -> String {
    let mut text =
        "switch s\nhost sink\n  program sink\n    s = socket dgram\n    bind s :9\n    sleep 60s\n".to_owned();
    for host in 0..20 {
        text += &format!(
            "host h{host}\n  program flood at 10ms\n    s = socket dgram\n    connect s sink:9\n    send s \"first\"\n    \
             sleep 5s\n    repeat 110\n      send s \"again\"\n"
        );
    }
    (0..20).for_each(|host| text += &format!("link h{host} s 10Gbit/s 200ms\n"));
    text + "link sink s 10Gbit/s 200ms\n"
}

/// What pictures cost with two thousand packets in flight. Measured and printed, not asserted: a busy machine is no failure.
#[wasm_bindgen_test]
fn pictures_of_two_thousand_packets() {
    let mut model = Model::new(Language::English, Theme::Light);
    let experiment = text::parse(&crowd()).expect("the scenario is sound");
    model.open(Session::experiment(experiment).expect("the scenario runs"));
    // A message lets the page follow: the map is made.
    update(&mut model, Msg::End(Way::Back));
    let crowded = |session: &Session, fact: usize| {
        let fact = &session.trace.facts()[fact];
        matches!(fact.what, What::Sent { .. }) && session.index.in_flight(fact.id, fact.at).count() >= 2_000
    };
    let fact = model.session.run_to_fact(0, Instant::from_millis(10_000), crowded).expect("they get on their way");
    model.player.at = model.session.film.done(fact);
    let canvas: HtmlCanvasElement = window().document().unwrap().create_element("canvas").unwrap().dyn_into().unwrap();
    measure("stage", &canvas, || stage::stage(&model, 1300.0));
    measure("ladder", &canvas, || ladder::ladder(&model, 600.0, 500.0));
}

/// Makes a scene and paints it, again and again.
fn measure(name: &str, canvas: &HtmlCanvasElement, scene: impl Fn() -> Scene) {
    let performance = window().performance().unwrap();
    let (mut made, mut painted, mut all) = (Vec::new(), Vec::new(), Vec::new());
    let mut shapes = 0;
    let mut measures = painter::Measures::default();
    for _ in 0..200 {
        let begun = performance.now();
        let scene = scene();
        shapes = scene.shapes.len();
        let drawn = performance.now();
        painter::paint(canvas, &scene, Shade::Light, 1.0, &mut measures);
        let given = performance.now();
        // Reading a pixel back makes the browser finish the drawing.
        let context = canvas.get_context("2d").unwrap().unwrap();
        let context: web_sys::CanvasRenderingContext2d = context.dyn_into().unwrap();
        context.get_image_data(0.0, 0.0, 1.0, 1.0).unwrap();
        made.push(drawn - begun);
        painted.push(given - drawn);
        all.push(performance.now() - begun);
    }
    for costs in [&mut made, &mut painted, &mut all] {
        costs.sort_by(f64::total_cmp);
    }
    console_log!(
        "{name} with 2,000 packets in flight, {shapes} shapes: scene {:.2} ms, painter {:.2} ms, all with drawing {:.2} ms (medians), \
         p95 {:.2} ms",
        made[100],
        painted[100],
        all[100],
        all[190]
    );
}
