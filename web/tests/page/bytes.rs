//! What the fields of a frame mean, their bits, what the programs said, and the chain of causes.

use sim_core::trace::{DropReason, What};
use web::app::thing::Thing;
use web::app::{Model, Msg, update};
use web::catalogue::Language;
use web::view::bytes::{self, Bytes, Field};
use web::view::causes;
use web::view::frame::words;

use crate::harness::Page;
use crate::telling::{of_scenario, of_text};

fn played() -> Page {
    let mut page = Page::alone();
    page.send(Msg::Send);
    page.play(60.0);
    page
}

fn shown(model: &mut Model, label: &str) -> Bytes {
    let frame = model.session.index.frames().iter().find(|frame| words(frame).label == label);
    let frame = frame.unwrap_or_else(|| panic!("no frame {label}")).id;
    update(model, Msg::Choose(Thing::Frame(frame)));
    bytes::bytes(model).expect("its bytes are shown")
}

fn field<'a>(bytes: &'a Bytes, filter: &str) -> &'a Field {
    let mut fields = bytes.sections.iter().flat_map(|section| &section.fields);
    fields.find(|field| field.filter == filter).unwrap_or_else(|| panic!("no field {filter}"))
}

#[test]
fn fields_say_what_their_values_mean() {
    let mut page = played();
    let bytes = shown(&mut page.model, "PSH ACK 6 B");
    for (filter, meaning) in [
        ("eth.dst", "server"),
        ("eth.type", "IPv4"),
        ("ip.hdr_len", "20 bytes"),
        ("ip.len", "58 bytes, 38 of them behind this header"),
        ("ip.flags.df", "must not be fragmented"),
        ("ip.ttl", "routers that it may still pass at most"),
        ("ip.proto", "TCP (6)"),
        ("ip.checksum", "right"),
        ("ip.src", "client"),
        ("tcp.srcport", "any port that was free"),
        ("tcp.seq_raw", "byte 1 of this direction"),
        ("tcp.ack_raw", "every byte before 1 has arrived"),
        ("tcp.flags.push", "set"),
        ("tcp.flags.fin", "not set"),
        ("tcp.window_size_value", "room for 64512 bytes (× 1024)"),
        ("tcp.checksum", "right"),
    ] {
        assert_eq!(field(&bytes, filter).meaning, meaning, "{filter}");
    }
    let syn = shown(&mut page.model, "SYN");
    assert_eq!(field(&syn, "tcp.window_size_value").meaning, "room for 64240 bytes (never scaled in a SYN)");
    assert_eq!(field(&syn, "tcp.options.wscale.shift").meaning, "window values are multiplied by 1024");
    let arp = shown(&mut page.model, "ARP 10.0.2.3?");
    assert_eq!(field(&arp, "eth.dst").meaning, "everybody on this link");
    assert_eq!(field(&arp, "arp.opcode").meaning, "a question");
    for language in Language::ALL {
        page.send(Msg::Language(language));
        let bytes = shown(&mut page.model, "PSH ACK 6 B");
        assert!(bytes.sections.iter().flat_map(|section| &section.fields).all(|field| !field.meaning.contains('{')));
    }
}

#[test]
fn a_damaged_frame_shows_the_bytes_that_were_sent() {
    let model = &mut of_text(
        "host a\n  program ask at 10ms\n    s = socket dgram\n    connect s b:9\n    send s \"damaged\"\n\
         host b\nlink a b\n  a->b corrupt 2\n",
    );
    let dropped = model.session.trace.facts().iter().find_map(|fact| match &fact.what {
        What::Dropped { frame: Some(frame), why: DropReason::FrameCheck, .. } => Some(*frame),
        _ => None,
    });
    let dropped = dropped.expect("a frame is damaged");
    update(model, Msg::Choose(Thing::Frame(dropped)));
    let bytes = bytes::bytes(model).expect("its bytes are shown");
    // The bytes of a frame are those that were sent: they are whole, and the drop says what became of them.
    assert_eq!(field(&bytes, "udp.checksum").meaning, "right");
}

#[test]
fn a_field_that_is_a_part_of_a_byte_shows_its_bits() {
    let mut page = played();
    let shown = shown(&mut page.model, "PSH ACK 6 B");
    assert_eq!(shown.strip, None);
    page.send(Msg::Field(field(&shown, "tcp.flags.push").index));
    let strip = bytes::bytes(&page.model).unwrap().strip.expect("a bit of a byte");
    let bits: String = strip.bits.iter().map(|bit| if bit.set { '1' } else { '0' }).collect();
    assert_eq!((strip.title.as_str(), bits.as_str()), ("Bits of byte 47", "00011000"));
    assert_eq!(strip.bits.iter().position(|bit| bit.chosen), Some(4), "PSH is the fifth");
    page.send(Msg::Field(field(&shown, "tcp.hdr_len").index));
    let strip = bytes::bytes(&page.model).unwrap().strip.expect("half a byte");
    assert_eq!(strip.bits.iter().filter(|bit| bit.chosen).count(), 4);
    page.send(Msg::Field(field(&shown, "tcp.srcport").index));
    assert_eq!(bytes::bytes(&page.model).unwrap().strip, None, "whole bytes are shown as such");
}

#[test]
fn arrows_move_from_byte_to_byte_and_each_lights_its_field() {
    let mut page = played();
    shown(&mut page.model, "PSH ACK 6 B");
    let mut places = Vec::new();
    for by in [1, 16, 16, 1, -1, isize::MIN, isize::MAX] {
        let thing = bytes::moved(&page.model, by).expect("a byte");
        page.send(Msg::Choose(thing));
        let Thing::Byte(_, place) = thing else { panic!("{thing:?}") };
        let shown = bytes::bytes(&page.model).unwrap();
        let cells: Vec<_> = shown.lines.iter().flat_map(|line| &line.cells).collect();
        assert!(cells[place].cursor && cells[place].chosen, "byte {place} and its field");
        places.push(place);
    }
    assert_eq!(places, [0, 16, 32, 33, 32, 0, 71]);
}

#[test]
fn what_the_programs_said_is_shown_as_text_and_empty_layers_say_so() {
    let mut page = played();
    let shown = shown(&mut page.model, "PSH ACK 6 B");
    page.send(Msg::End(web::app::Way::Forward));
    let said: Vec<String> = bytes::bytes(&page.model).unwrap().said.into_iter().map(|said| said.text).collect();
    assert_eq!(said, ["client: “hello!”", "server: “hi”"]);
    assert_eq!(shown.said.len(), 1, "what has not been said yet is not shown");
    assert_eq!(shown.without_bytes.len(), 2);
    assert!(shown.without_bytes[0].starts_with("Session: no bytes"), "{:?}", shown.without_bytes);
}

#[test]
fn the_chain_of_causes_leads_from_outside_to_the_chosen_fact() {
    let mut model = of_scenario("lossy-bulk");
    let printed = model.session.trace.facts().iter().find(|fact| matches!(fact.what, What::Printed { .. }));
    let printed = printed.expect("it prints").id;
    update(&mut model, Msg::Choose(Thing::Fact(printed)));
    let chain = causes::chain(&model);
    assert!(chain[0].text.contains("From outside"), "{chain:#?}");
    assert!(chain[1].fact.is_none() && chain[1].text.contains("between"));
    assert!(chain.last().unwrap().chosen && chain.last().unwrap().text.contains("100000"));
    // Step by step to the very first cause, and every step is chosen.
    let mut steps = 0;
    while let Some(cause) = causes::cause(&model) {
        update(&mut model, Msg::Choose(cause));
        assert_eq!(model.selected.thing, Some(cause));
        steps += 1;
    }
    let told: usize = chain[1].text.split(' ').next().unwrap().parse().unwrap();
    assert_eq!(steps, told + chain.len() - 2, "{chain:#?}");
    // And down again.
    let effect = causes::effect(&model).expect("it had an effect");
    let Thing::Fact(fact) = effect else { panic!("{effect:?}") };
    assert_eq!(model.session.trace.get(fact).unwrap().cause.map(Thing::Fact), model.selected.thing);
}

#[test]
fn a_link_of_the_chain_moves_the_head_when_time_stands_still() {
    let mut page = played();
    page.model.player.playing = false;
    shown(&mut page.model, "PSH ACK 6 B");
    let before = page.model.moment();
    let cause = causes::cause(&page.model).expect("a cause");
    page.send(Msg::Choose(cause));
    let after = page.model.moment();
    let Thing::Fact(fact) = cause else { panic!("{cause:?}") };
    assert_eq!(after.fact, Some(fact.0 as usize));
    assert!(after.at <= before.at);
}
