//! The page in a real browser, from inside: it mounts, plays and paints.
//!
//! Absent: what needs a server or a user (the end-to-end tests have them).
#![cfg(target_arch = "wasm32")]

use sim_core::lab;
use sim_core::program::{Family, Script, Slot, SocketType, Step};
use sim_core::scenario::Program;
use sim_core::time::Instant;
use sim_core::trace::FactId;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{console_log, wasm_bindgen_test, wasm_bindgen_test_configure};
use web::app::session::{Other, Session};
use web::app::{Model, Msg, Theme, update};
use web::browser::painter;
use web::catalogue::Language;
use web::view::stage;
use web::view::theme::Shade;
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
    web::browser::start();
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

/// A server that reads and never answers.
fn sink(port: u16) -> Script {
    let (listener, connection) = (Slot(0), Slot(1));
    let steps = vec![
        (1, Step::Socket(Family::Inet, SocketType::Stream, listener)),
        (2, Step::Bind(listener, (std::net::Ipv4Addr::UNSPECIFIED, port).into())),
        (3, Step::Listen(listener, 1)),
        (4, Step::Accept(listener, connection)),
        (5, Step::RecvToEnd(connection, 65_536)),
    ];
    Script { name: "sink.py".into(), source: vec!["".into(); 5], steps }
}

/// What a picture costs with two hundred packets in flight. Measured and printed, not asserted: a busy machine is no failure.
#[wasm_bindgen_test]
fn a_picture_of_two_hundred_packets() {
    let mut scenario = lab::with_server();
    scenario.links[0].rate = 0;
    // A receive window holds some 44 segments, so several connections are needed.
    let ports = 9..16;
    scenario.nodes[1].programs =
        ports.clone().map(|port| Program { at: Instant::ZERO, what: sink(port).into() }).collect();
    let mut model = Model::new(Language::English, Theme::Light);
    model.session = Session::of(Other::Simulated, scenario, 1);
    for port in ports {
        let to = format!("{}:{port}", lab::SERVER).parse().unwrap();
        model.session.spawn(lab::CLIENT_NODE, lab::tcp_client(to, &vec![b'x'; 4 << 20], lab::Reading::Once));
    }
    let crowded = |session: &Session, fact: usize| {
        let fact = FactId(u32::try_from(fact).unwrap());
        let at = session.trace.get(fact).unwrap().at;
        session.index.in_flight(fact, at).filter(|frame| frame.is_open(fact)).count() >= 200
    };
    let fact =
        model.session.run_to_fact(0, Instant::from_millis(20_000), crowded).expect("200 packets get on their way");
    model.player.at = model.session.film.done(fact);
    let canvas: HtmlCanvasElement = window().document().unwrap().create_element("canvas").unwrap().dyn_into().unwrap();
    let performance = window().performance().unwrap();
    let mut costs: Vec<f64> = (0..200)
        .map(|_| {
            let begun = performance.now();
            let scene = stage::stage(&model, 1300.0);
            painter::paint(&canvas, &scene, Shade::Light, 1.0);
            // Reading a pixel back makes the browser finish the drawing.
            let context = canvas.get_context("2d").unwrap().unwrap();
            let context: web_sys::CanvasRenderingContext2d = context.dyn_into().unwrap();
            context.get_image_data(0.0, 0.0, 1.0, 1.0).unwrap();
            performance.now() - begun
        })
        .collect();
    costs.sort_by(f64::total_cmp);
    console_log!(
        "stage with 200 packets in flight, scene and painting: median {:.2} ms, p95 {:.2} ms",
        costs[100],
        costs[190]
    );
}
