//! The colours of the page, light and dark: the one place that knows a colour.
//!
//! The style sheet and the canvases use these by role. Tests check that every ink can be read on its ground (WCAG 2.2, 1.4.3).
//!
//! Absent on purpose: meaning by colour alone. Whatever has a colour here has a label, too.

use sim_core::layer::Protocol;

/// What a colour is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Role {
    Ground,
    Panel,
    PanelActive,
    Ink,
    InkSoft,
    Rule,
    Accent,
    AccentInk,
    Danger,
    DangerGround,
    Mark,
    Ethernet,
    Arp,
    Ip,
    Icmp,
    Tcp,
    Udp,
    Data,
    Later,
    SeriesOne,
    SeriesTwo,
    SeriesThree,
    SeriesFour,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Shade {
    Light,
    Dark,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 23] = [
        Role::Ground,
        Role::Panel,
        Role::PanelActive,
        Role::Ink,
        Role::InkSoft,
        Role::Rule,
        Role::Accent,
        Role::AccentInk,
        Role::Danger,
        Role::DangerGround,
        Role::Mark,
        Role::Ethernet,
        Role::Arp,
        Role::Ip,
        Role::Icmp,
        Role::Tcp,
        Role::Udp,
        Role::Data,
        Role::Later,
        Role::SeriesOne,
        Role::SeriesTwo,
        Role::SeriesThree,
        Role::SeriesFour,
    ];

    /// The name of the style sheet's variable.
    pub const fn variable(self) -> &'static str {
        match self {
            Role::Ground => "--ground",
            Role::Panel => "--panel",
            Role::PanelActive => "--panel-active",
            Role::Ink => "--ink",
            Role::InkSoft => "--ink-soft",
            Role::Rule => "--rule",
            Role::Accent => "--accent",
            Role::AccentInk => "--accent-ink",
            Role::Danger => "--danger",
            Role::DangerGround => "--danger-ground",
            Role::Mark => "--mark",
            Role::Ethernet => "--ethernet",
            Role::Arp => "--arp",
            Role::Ip => "--ip",
            Role::Icmp => "--icmp",
            Role::Tcp => "--tcp",
            Role::Udp => "--udp",
            Role::Data => "--data",
            Role::Later => "--later",
            Role::SeriesOne => "--series-one",
            Role::SeriesTwo => "--series-two",
            Role::SeriesThree => "--series-three",
            Role::SeriesFour => "--series-four",
        }
    }

    /// The colour, as `#rrggbb`.
    pub const fn colour(self, shade: Shade) -> &'static str {
        let (light, dark) = match self {
            Role::Ground => ("#f4f5f7", "#14171c"),
            Role::Panel => ("#ffffff", "#1c2128"),
            Role::PanelActive => ("#e8f0fe", "#22304a"),
            Role::Ink => ("#1a2029", "#e9edf2"),
            Role::InkSoft => ("#4d5866", "#aeb8c4"),
            Role::Rule => ("#c9d0d9", "#3b444f"),
            Role::Accent => ("#0b57c4", "#8ab8ff"),
            Role::AccentInk => ("#ffffff", "#0b1626"),
            Role::Danger => ("#b3261e", "#ff9b92"),
            Role::DangerGround => ("#fdecea", "#3d1d1b"),
            Role::Mark => ("#ffe08a", "#5c4a10"),
            Role::Ethernet => ("#d5dbe3", "#444e5b"),
            Role::Arp => ("#f3d6ea", "#5b2f4e"),
            Role::Ip => ("#cfe3ff", "#1f4373"),
            Role::Icmp => ("#ffd9c9", "#6b3420"),
            Role::Tcp => ("#d8f0d2", "#24512f"),
            Role::Udp => ("#e4dcfb", "#43357a"),
            Role::Data => ("#fff0c2", "#5a4a12"),
            Role::Later => ("#e6e9ed", "#262c34"),
            Role::SeriesOne => ("#0b57c4", "#8ab8ff"),
            Role::SeriesTwo => ("#93420a", "#ffb066"),
            Role::SeriesThree => ("#1a6637", "#7ddc9a"),
            Role::SeriesFour => ("#7a2f9e", "#d9acff"),
        };
        match shade {
            Shade::Light => light,
            Shade::Dark => dark,
        }
    }

    /// The ground of a protocol's bytes.
    pub const fn of(protocol: Protocol) -> Role {
        match protocol {
            Protocol::Ethernet => Role::Ethernet,
            Protocol::Arp => Role::Arp,
            Protocol::Ipv4 | Protocol::Ipv6 => Role::Ip,
            Protocol::Icmp | Protocol::Icmpv6 | Protocol::Igmp => Role::Icmp,
            Protocol::Tcp => Role::Tcp,
            Protocol::Udp => Role::Udp,
            Protocol::Dhcp | Protocol::Dns | Protocol::Http | Protocol::Data => Role::Data,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: &str) -> f64 {
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(ink: Role, ground: Role, shade: Shade) -> f64 {
        let (a, b) = (luminance(ink.colour(shade)), luminance(ground.colour(shade)));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_text_can_be_read() {
        let grounds = [
            Role::Ground,
            Role::Panel,
            Role::PanelActive,
            Role::Mark,
            Role::Ethernet,
            Role::Arp,
            Role::Ip,
            Role::Icmp,
            Role::Tcp,
            Role::Udp,
            Role::Data,
            Role::Later,
        ];
        for shade in [Shade::Light, Shade::Dark] {
            let mut pairs: Vec<(Role, Role)> = grounds.iter().map(|ground| (Role::Ink, *ground)).collect();
            pairs.extend(
                [Role::Ground, Role::Panel, Role::PanelActive, Role::Later].map(|ground| (Role::InkSoft, ground)),
            );
            pairs.extend([Role::Panel, Role::Ground, Role::PanelActive].map(|ground| (Role::Accent, ground)));
            pairs.extend([Role::Panel, Role::Ground, Role::DangerGround].map(|ground| (Role::Danger, ground)));
            let series = [Role::SeriesOne, Role::SeriesTwo, Role::SeriesThree, Role::SeriesFour];
            pairs.extend(series.into_iter().flat_map(|ink| [(ink, Role::Panel), (ink, Role::Later)]));
            pairs.extend([(Role::AccentInk, Role::Accent), (Role::Ink, Role::DangerGround)]);
            for (ink, ground) in pairs {
                let contrast = contrast(ink, ground, shade);
                assert!(contrast >= 4.5, "{ink:?} on {ground:?} in {shade:?}: {contrast:.2}");
            }
        }
    }
}
