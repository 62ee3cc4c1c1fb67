//! Every word that a person reads on the page, in three languages, each authored.
//!
//! A language is one constant, so that a missing sentence does not compile. The oldest words have a file for each language; those of
//! a part of the page stand side by side in the part's file. `{name}` in a sentence is filled by [`fill`];
//! a test checks that the languages name the same things.
//!
//! Absent on purpose: conversion between the two Chinese scripts. Their terms differ (通訊端, 套接字), not only their characters.

macro_rules! words {
    ($($name:ident)*) => {
        /// The words of one part of the page, in one language. Each field's name says what it is for.
        #[derive(Debug)]
        #[allow(missing_docs)]
        pub struct Words { $(pub $name: &'static str,)* }

        #[cfg(test)]
        impl Words {
            pub(super) fn all(&self) -> Vec<(&'static str, &'static str)> {
                vec![$((stringify!($name), self.$name),)*]
            }
        }
    };
}

pub mod depth;
pub mod edit;
mod en;
pub mod errnos;
pub mod gallery;
pub mod hosts;
pub mod knobs;
pub mod look;
pub mod mistakes;
pub mod share;
pub mod shell;
pub mod tcp;
pub mod telling;
pub mod time;
mod zh_hans;
mod zh_hant;

use sim_core::dissect::FieldName;

/// A language of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// English.
    #[default]
    English,
    /// Chinese in traditional characters, with the terms of Taiwan.
    TraditionalChinese,
    /// Chinese in simplified characters, with the terms of the mainland.
    SimplifiedChinese,
}

impl Language {
    /// Every language, in the order of the menu.
    pub const ALL: [Language; 3] = [Language::English, Language::TraditionalChinese, Language::SimplifiedChinese];

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::TraditionalChinese => "zh-Hant",
            Language::SimplifiedChinese => "zh-Hans",
        }
    }

    /// The language's name in itself.
    pub const fn own_name(self) -> &'static str {
        match self {
            Language::English => "English",
            Language::TraditionalChinese => "繁體中文",
            Language::SimplifiedChinese => "简体中文",
        }
    }

    /// The language that a browser's or a stored tag asks for, if it is one of ours.
    pub fn from_tag(tag: &str) -> Option<Language> {
        let tag = tag.to_ascii_lowercase();
        let mut parts = tag.split(['-', '_']);
        match parts.next()? {
            "en" => Some(Language::English),
            "zh" => {
                let traditional = parts.any(|part| matches!(part, "hant" | "tw" | "hk" | "mo"));
                Some(if traditional { Language::TraditionalChinese } else { Language::SimplifiedChinese })
            }
            _ => None,
        }
    }

    /// All words of the language: those of English while its own have not come.
    pub fn words(self) -> &'static Words {
        &tongues::of(self).unwrap_or(&en::TONGUE).words
    }

    /// What a field of a header is called.
    pub fn field(self, name: FieldName) -> &'static str {
        (tongues::of(self).unwrap_or(&en::TONGUE).field)(name)
    }

    /// Whether its words have come.
    pub fn is_here(self) -> bool {
        tongues::of(self).is_some()
    }
}

/// Everything of a language that is loaded as one.
#[allow(missing_debug_implementations)]
pub struct Tongue {
    words: Words,
    field: fn(FieldName) -> &'static str,
}

/// Where the page comes in several modules, each Chinese script is one of them, and is named by that one alone.
#[cfg(all(feature = "split", target_arch = "wasm32"))]
mod tongues {
    use super::{Language, Tongue, en};
    use std::sync::OnceLock;

    static COME: [OnceLock<&'static Tongue>; 2] = [const { OnceLock::new() }; 2];

    fn place(language: Language) -> Option<&'static OnceLock<&'static Tongue>> {
        match language {
            Language::English => None,
            Language::TraditionalChinese => Some(&COME[0]),
            Language::SimplifiedChinese => Some(&COME[1]),
        }
    }

    pub(super) fn of(language: Language) -> Option<&'static Tongue> {
        place(language).map_or(Some(&en::TONGUE), |place| place.get().copied())
    }

    /// Gives the page the words of a language, when they have come.
    pub fn put(language: Language, tongue: &'static Tongue) {
        if let Some(place) = place(language) {
            let _ = place.set(tongue);
        }
    }
}

#[cfg(not(all(feature = "split", target_arch = "wasm32")))]
mod tongues {
    use super::{Language, Tongue, en, zh_hans, zh_hant};

    #[allow(clippy::unnecessary_wraps)]
    pub(super) const fn of(language: Language) -> Option<&'static Tongue> {
        Some(match language {
            Language::English => &en::TONGUE,
            Language::TraditionalChinese => &zh_hant::TONGUE,
            Language::SimplifiedChinese => &zh_hans::TONGUE,
        })
    }
}

#[cfg(all(feature = "split", target_arch = "wasm32"))]
pub use tongues::put;
#[cfg(all(feature = "split", target_arch = "wasm32"))]
pub(crate) use {zh_hans::TONGUE as ZH_HANS, zh_hant::TONGUE as ZH_HANT};

/// Puts values in the places of a sentence: `{to}` is replaced by the value of `to`.
pub fn fill(sentence: &str, values: &[(&str, &str)]) -> String {
    let mut text = String::with_capacity(sentence.len() + 16);
    let mut rest = sentence;
    while let Some(open) = rest.find('{') {
        let Some(close) = rest[open..].find('}').map(|close| open + close) else { break };
        text.push_str(&rest[..open]);
        let name = &rest[open + 1..close];
        match values.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => text.push_str(value),
            None => text.push_str(&rest[open..=close]),
        }
        rest = &rest[close + 1..];
    }
    text.push_str(rest);
    text
}

macro_rules! all_words {
    ($($name:ident)* ; $($part:ident)*) => {
        /// The words of one language. Each field's name says what it is for; parts of the page have their own.
        #[derive(Debug)]
        #[allow(missing_docs)]
        pub struct Words { $(pub $name: &'static str,)* $(pub $part: $part::Words,)* }

        #[cfg(test)]
        impl Words {
            fn all(&self) -> Vec<(&'static str, &'static str)> {
                let mut all = vec![$((stringify!($name), self.$name),)*];
                $(all.extend(self.$part.all());)*
                all
            }
        }
    };
}

all_words! {
    // The page.
    tagline language theme theme_system theme_light theme_dark skip_to_controls
    // The form.
    target target_hint message message_bytes reading reading_once reading_to_end send
    other other_real other_simulated
    // The relay.
    relay_absent relay_connecting relay_ready relay_lost reconnect relay_bad_token relay_other_version
    // Playing.
    play pause previous next to_start to_live scale scale_label scale_stopped scale_now timeline clock
    start_over start_over_hint
    // Panes.
    stage stage_label ladder ladder_label frames bytes bytes_of no_frame no_frames follow_on follow_off
    column_number column_time column_from column_protocol column_length column_info
    fields hex dropped keys keys_title close
    key_play key_step key_ends key_frames key_send key_help key_follow single_keys
    // The stage.
    no_bytes_here bits payload_bytes real_machine simulated_badge real_badge program_ended wire
    lost_here idle_hint
    // Layer names.
    layer_1 layer_2 layer_3 layer_4 layer_5 layer_6 layer_7
    // Mistakes.
    target_empty target_no_port target_port target_no_host target_address target_character target_ipv6
    target_loopback target_loopback_simulated target_unknown target_needs_relay message_empty message_too_long message_surrogate
    name_unknown name_ipv6_only looking_up relay_needed nothing_more at_rest full real_waits not_sent_yet
    // Ends.
    refused_target forbidden_target timed_out_target unreachable_target reset_by_peer failed_other
    answer_is ended_with_error sending waits_in
    means_refused means_reset means_host_unreachable means_net_unreachable means_timed_out means_pipe
    // What happens and why.
    say_started say_socket say_bind say_listen say_accept say_connect say_send say_recv say_shutdown say_close say_call
    say_returned_none say_returned_number say_returned_descriptor say_returned_accepted say_returned_bytes
    say_returned_end say_returned_error say_printed say_exited say_exited_error say_killed say_returned_value
    say_thread_started say_thread_ended say_ran say_typed say_exited_status
    say_tcp_down say_ip_down say_ethernet_down say_arp_down say_arp_reply_down say_icmp_down say_udp_down
    say_tcp_up say_ip_up say_ethernet_up say_arp_up say_arp_reply_up say_icmp_up say_udp_up
    say_sent say_duplicated say_delivered say_dropped say_dropped_packet say_learned say_forgotten say_switched say_flooded
    say_faults_set say_link_cut say_link_set say_translation_opened say_translation_closed say_translated_source say_translated_destination say_state say_timer_fired say_neighbour_asked say_neighbour_known say_neighbour_failed
    say_neighbour_doubted say_reassembled say_address_tentative say_address_preferred say_address_deprecated say_address_expired
    say_address_duplicate say_route_learned say_route_lost say_on_link_learned say_on_link_lost
    say_ask_connect say_ask_send say_ask_shutdown say_ask_reset say_ask_close
    say_answer_connected say_answer_refused say_answer_data say_answer_fin say_answer_reset say_answer_lost
    // Why a frame was dropped.
    drop_loss drop_queue_full drop_not_our_mac drop_not_our_address drop_malformed drop_checksum drop_unknown_protocol
    drop_no_neighbour drop_no_route drop_no_socket drop_buffer_full drop_not_acceptable drop_backlog_full
    drop_ttl drop_too_big drop_fragment_overlap drop_reassembly_time drop_real_network
    drop_link_down drop_by_hand drop_frame_check drop_same_port drop_not_translated drop_nat_full
    // Why a state changed.
    event_listen event_connect event_syn event_syn_ack event_ack_of_syn event_close event_fin event_ack_of_fin
    event_rst event_abort event_timed_out event_time_wait_over event_unreachable
    // Timers.
    timer_neighbour timer_retransmission timer_loss_probe timer_reordering timer_persist timer_delayed_ack timer_ack_compression
    timer_keep_alive timer_time_wait
    // The form, beyond TCP and clients.
    kind kind_stream kind_datagram naming naming_each_time naming_once other_clients publish_port publish_hint
    publish unpublish published_at publishing serve_hint unix_note unix_here watch watch_hint in_depth
    // What the real kernel knows.
    kernel_title kernel_empty kernel_of no_capture no_tcp_info relay_says relay_end peer_end real_frame info_state info_rtt info_rttvar
    info_min_rtt info_rto info_cwnd info_ssthresh info_mss info_unacked info_snd_wnd info_bytes_acked
    info_bytes_received info_segs_out info_segs_in info_retrans info_infinite
    // Mistakes and failures, beyond TCP and clients.
    target_unix_needs_relay target_unix_name target_unix_datagram client_waits publish_port_wrong published_already
    published_too_many withdrawn publications_ended no_datagrams no_unix no_inet6 no_listening datagram_too_long
    port_in_use forbidden_bind too_many_sockets dead_port datagram_failed unix_missing unix_refused
    // What happens and why, beyond TCP and clients.
    say_published say_unpublished say_peer_mapped say_peer_forgotten say_kernel_info say_captured_sent
    say_captured_received say_ask_connect_udp say_ask_connect_unix say_ask_listen say_ask_bind say_ask_accept
    say_ask_sendto say_answer_ready_udp say_answer_ready_unix say_answer_listening say_answer_not_listening
    say_answer_accepted say_answer_datagram say_answer_unreachable say_answer_end
    // The same, in depth.
    deep_publish deep_listening deep_accept deep_connect_udp deep_datagram deep_unreachable deep_peer deep_unix
    deep_kernel deep_captured
    ;
    depth edit hosts knobs look share shell tcp telling time
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn places(sentence: &str) -> BTreeSet<&str> {
        sentence.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect()
    }

    #[test]
    fn every_language_fills_the_same_places() {
        let english = Language::English.words().all();
        for language in Language::ALL {
            for ((name, ours), (_, english)) in language.words().all().into_iter().zip(&english) {
                assert!(!ours.is_empty(), "{name} is empty in {}", language.tag());
                assert_eq!(places(ours), places(english), "{name} in {}", language.tag());
            }
        }
    }

    #[test]
    fn chinese_is_chinese_and_english_has_none() {
        let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for (name, text) in Language::English.words().all() {
            assert!(!is_chinese(text), "{name}: {text}");
        }
        for language in [Language::TraditionalChinese, Language::SimplifiedChinese] {
            for (name, text) in language.words().all() {
                assert!(is_chinese(text), "{name} in {}: {text}", language.tag());
            }
        }
    }

    #[test]
    fn the_two_scripts_use_their_own_terms() {
        // Terms that belong to one script alone; each pair is (traditional, simplified).
        let pairs = [("封包", "数据包"), ("連接埠", "端口"), ("位元組", "字节"), ("程式", "程序"), ("網路", "网络")];
        for (name, text) in Language::TraditionalChinese.words().all() {
            for (_, simplified) in pairs {
                assert!(!text.contains(simplified), "{name} in zh-Hant: {text}");
            }
        }
        for (name, text) in Language::SimplifiedChinese.words().all() {
            for (traditional, _) in pairs {
                assert!(!text.contains(traditional), "{name} in zh-Hans: {text}");
            }
        }
    }

    #[test]
    fn fill_replaces_known_places_only() {
        assert_eq!(fill("{a} to {b}, {c}", &[("a", "{b}"), ("b", "2")]), "{b} to 2, {c}");
        assert_eq!(fill("no end {a", &[("a", "1")]), "no end {a");
    }

    #[test]
    fn tags() {
        assert_eq!(Language::from_tag("zh-TW"), Some(Language::TraditionalChinese));
        assert_eq!(Language::from_tag("zh-Hant-HK"), Some(Language::TraditionalChinese));
        assert_eq!(Language::from_tag("zh-CN"), Some(Language::SimplifiedChinese));
        assert_eq!(Language::from_tag("zh"), Some(Language::SimplifiedChinese));
        assert_eq!(Language::from_tag("en-GB"), Some(Language::English));
        assert_eq!(Language::from_tag("fr"), None);
    }
}
