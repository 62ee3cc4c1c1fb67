//! The WebSocket to the relay, and how the page finds out that a relay is there.
//!
//! The relay prints an address with a token in its fragment. The page changes the token for a cookie that scripts cannot read,
//! once, and takes it out of the address bar; a reload has the cookie still.
//!
//! Absent on purpose: what messages mean (see `app::link`).

use js_sys::{ArrayBuffer, Uint8Array};
use leptos::prelude::{window, window_event_listener};
use leptos::task::spawn_local;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{BinaryType, MessageEvent, Request, RequestInit, Response, WebSocket};

use super::lab::Lab;
use crate::app::Msg;

/// An open WebSocket, or one that is being opened. It is closed when dropped.
pub(super) struct RelaySocket {
    socket: WebSocket,
    // The browser calls these for as long as the socket lives.
    _message: Closure<dyn Fn(MessageEvent)>,
    _close: Closure<dyn Fn()>,
}

impl RelaySocket {
    /// Opens the WebSocket to the relay that this page came from.
    fn open(lab: Lab) -> Option<RelaySocket> {
        let location = window().location();
        let scheme = if location.protocol().ok()?.starts_with("https") { "wss" } else { "ws" };
        let url = format!("{scheme}://{}/lab", location.host().ok()?);
        let socket = WebSocket::new_with_str(&url, relay_proto::SUBPROTOCOL).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
            if let Ok(buffer) = event.data().dyn_into::<ArrayBuffer>() {
                lab.send(Msg::RelayMessage(Uint8Array::new(&buffer).to_vec()));
            }
        });
        let close = Closure::<dyn Fn()>::new(move || lab.send(Msg::RelayClosed));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        Some(RelaySocket { socket, _message: message, _close: close })
    }

    /// Sends one message. On a socket that is not open it is lost: the close event tells the model.
    pub(super) fn send(&self, bytes: &[u8]) {
        let _ = self.socket.send_with_u8_array(bytes);
    }
}

impl Drop for RelaySocket {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}

/// Looks whether the page came from a relay, and tells the model; and again when the address of a new relay is opened here,
/// which differs in the fragment alone and loads nothing.
pub(super) fn find(lab: Lab) {
    look(lab);
    window_event_listener(leptos::ev::hashchange, move |_| {
        if window().location().hash().is_ok_and(|fragment| fragment.contains("token=")) {
            look(lab);
        }
    });
}

fn look(lab: Lab) {
    let token = take_token();
    spawn_local(async move {
        match ask_for_session(token.as_deref()).await {
            Admission::Welcome => lab.send(Msg::RelayFound),
            Admission::Refused => lab.send(Msg::RelayRefused),
            // A page from a folder has no relay, and that is all right.
            Admission::Nobody => {}
        }
    });
}

/// Connects to the relay. A refusal of the WebSocket itself cannot be told from an absence, so the relay is asked first.
pub(super) fn connect(lab: Lab) {
    spawn_local(async move {
        match ask_for_session(None).await {
            Admission::Welcome => match RelaySocket::open(lab) {
                Some(socket) => lab.hold(socket),
                None => lab.send(Msg::RelayClosed),
            },
            Admission::Refused => lab.send(Msg::RelayRefused),
            Admission::Nobody => lab.send(Msg::RelayClosed),
        }
    });
}

/// What the relay says to this page.
enum Admission {
    Welcome,
    Refused,
    Nobody,
}

async fn ask_for_session(token: Option<&str>) -> Admission {
    let Some(answer) = post("/session", token).await else { return Admission::Nobody };
    // A file server may refuse a POST, too; a relay says what it wants.
    let is_relay = answer.headers().has("WWW-Authenticate").unwrap_or(false);
    match answer.status() {
        204 => Admission::Welcome,
        401 if is_relay => Admission::Refused,
        _ => Admission::Nobody,
    }
}

/// The token in the address, which is taken out of it.
fn take_token() -> Option<String> {
    let location = window().location();
    let fragment = location.hash().ok()?;
    let (tokens, others): (Vec<&str>, Vec<&str>) =
        fragment.trim_start_matches('#').split('&').partition(|part| part.starts_with("token="));
    let token = tokens.first()?.strip_prefix("token=")?.to_owned();
    let mark = if others.is_empty() { "" } else { "#" };
    let clean = format!("{}{}{mark}{}", location.pathname().ok()?, location.search().ok()?, others.join("&"));
    let _ = window().history().ok()?.replace_state_with_url(&JsValue::NULL, "", Some(&clean));
    Some(token)
}

/// The answer to a request to the page's own origin; `None` when nobody answered.
async fn post(path: &str, token: Option<&str>) -> Option<Response> {
    let init = RequestInit::new();
    init.set_method("POST");
    let request = Request::new_with_str_and_init(path, &init).ok()?;
    if let Some(token) = token {
        request.headers().set("Authorization", &format!("Bearer {token}")).ok()?; // not shown
    }
    let answer = JsFuture::from(window().fetch_with_request(&request)).await.ok()?;
    answer.dyn_into().ok()
}
