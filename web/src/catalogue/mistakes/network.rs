//! What a network, a host's settings or a change of a run cannot be.
//!
//! Absent on purpose: numbers of nodes and links. A learner knows nodes by their names, and has the link in hands.

use sim_core::network::{InputError, Unpublishable};
use sim_core::program::Refusal;
use sim_core::scenario::{ScenarioError, SettingsError};
use sim_core::trace::NodeId;

use super::{Pair, side};
use crate::catalogue::{Language, fill};

/// A change that a run cannot have, in the learner's language.
pub fn input<'a>(language: Language, error: &InputError, name: impl Fn(NodeId) -> &'a str) -> String {
    match side(language) {
        None => error.to_string(),
        Some(side) => chinese_input(error, name, side),
    }
}

/// A network that cannot be, in the learner's language.
pub fn network<'a>(language: Language, error: &ScenarioError, name: impl Fn(NodeId) -> &'a str) -> String {
    match side(language) {
        None => error.to_string(),
        Some(side) => scenario(error, &names(error, name), side),
    }
}

fn names<'a>(error: &ScenarioError, name: impl Fn(NodeId) -> &'a str) -> Vec<&'a str> {
    error.places().0.into_iter().map(name).collect()
}

/// Why a program in another language cannot be run. What is wrong in its text is told in that language's own words.
fn program(why: &Refusal, side: usize) -> String {
    let (pair, value, line): (Pair, String, u32) = match why {
        Refusal::Language(language) => {
            (["這裡不能執行用 {value} 寫的程式", "这里不能运行用 {value} 写的程序"], language.to_string(), 0)
        }
        Refusal::Lines(lines) => {
            (["它有 {value} 行，最多 65535 行：請縮短", "它有 {value} 行，最多 65535 行：请缩短"], lines.to_string(), 0)
        }
        Refusal::Text(text) => (["第 {line} 行：{value}", "第 {line} 行：{value}"], text.what.to_string(), text.line),
    };
    fill(pair[side], &[("value", &value), ("line", &line.to_string())])
}

fn chinese_input<'a>(error: &InputError, name: impl Fn(NodeId) -> &'a str, side: usize) -> String {
    let mut value = String::new();
    let (pair, node): (Pair, NodeId) = match error {
        InputError::Link(error) => return scenario(error, &names(error, name), side),
        InputError::UnknownNode(node) => (["沒有編號 {n} 的節點", "没有编号 {n} 的节点"], *node),
        InputError::UnknownLink(link) => (["沒有編號 {n} 的鏈路", "没有编号 {n} 的链路"], NodeId(link.0)),
        InputError::UnknownEnd(..) => (["鏈路只有兩端：0 和 1", "链路只有两端：0 和 1"], NodeId(0)),
        InputError::IsSwitch(node) => {
            (["「{a}」是交換器，只有連接埠：請選一台主機", "“{a}”是交换机，只有端口：请选一台主机"], *node)
        }
        InputError::NotGateway(node) => {
            (["「{a}」不是閘道，通不到真實的網路：請選閘道", "“{a}”不是网关，通不到真实的网络：请选网关"], *node)
        }
        InputError::IsGateway(node) => (
            [
                "「{a}」是閘道，代表一台不歸我們管的機器：請選一台主機",
                "“{a}”是网关，代表一台不归我们管的机器：请选一台主机",
            ],
            *node,
        ),
        InputError::NotPublished(node, _) => (
            [
                "「{a}」沒有開放這個：它已經停止開放、被拒絕，或從未開放",
                "“{a}”没有开放这个：它已经停止开放、被拒绝，或从未开放",
            ],
            *node,
        ),
        InputError::Program(node, why) => {
            value = program(why, side);
            (["「{a}」不能執行這個程式：{value}", "“{a}”不能运行这个程序：{value}"], *node)
        }
        InputError::Publish(node, why) => {
            value = unpublishable(why, side);
            (["「{a}」不能開放這個：{value}", "“{a}”不能开放这个：{value}"], *node)
        }
        InputError::Settings(node, why) => {
            value = settings(why, side);
            (["「{a}」不能這樣設定：{value}", "“{a}”不能这样设置：{value}"], *node)
        }
        InputError::FrameGone(_) => (
            ["這個訊框已經不在鏈路上：請選一個在等待或在路上的", "这个帧已经不在链路上：请选一个在等待或在路上的"],
            NodeId(0),
        ),
    };
    fill(pair[side], &[("a", name(node)), ("n", &node.0.to_string()), ("value", &value)])
}

fn unpublishable(why: &Unpublishable, side: usize) -> String {
    let (pair, value): (Pair, String) = match why {
        Unpublishable::Twice(at) => (
            ["{value} 已經開放了：請先停止，或換一個連接埠", "{value} 已经开放了：请先停止，或换一个端口"],
            at.to_string(),
        ),
        Unpublishable::Target(to) => (
            [
                "{value} 不是通訊端的位址：請寫實驗室裡一台主機和連接埠",
                "{value} 不是套接字的地址：请写实验室里一台主机和端口",
            ],
            to.to_string(),
        ),
        Unpublishable::TooMany(most) => (
            ["已經開放了 {value} 個通訊端：請先停止一個", "已经开放了 {value} 个套接字：请先停止一个"],
            most.to_string(),
        ),
    };
    fill(pair[side], &[("value", &value)])
}

/// Settings that a host cannot have.
pub(super) fn settings(why: &SettingsError, side: usize) -> String {
    match why {
        SettingsError::OutOfBounds { setting, value, least, most } => {
            let unit = match *setting {
                "delayed-ack" | "time-wait" => [" 毫秒", " 毫秒"],
                setting if setting == "mss" || setting.contains("buffer") => [" 位元組", " 字节"],
                _ => ["", ""],
            };
            let pair = [
                "{setting} 不能是 {value}{unit}：請寫 {least} 到 {most}",
                "{setting} 不能是 {value}{unit}：请写 {least} 到 {most}",
            ];
            let [value, least, most] = [value, least, most].map(u64::to_string);
            let values =
                [("setting", *setting), ("value", &value), ("unit", unit[side]), ("least", &least), ("most", &most)];
            fill(pair[side], &values)
        }
        SettingsError::Congestion(control) => fill(
            ["這裡沒有壅塞控制 {name}：請選 cubic 或 reno", "这里没有拥塞控制 {name}：请选 cubic 或 reno"][side],
            &[("name", control.name())],
        ),
    }
}

/// A network that cannot be; its nodes have names.
pub(super) fn scenario(error: &ScenarioError, names: &[&str], side: usize) -> String {
    let mut value = String::new();
    let mut more = String::new();
    let mut number = |n: &dyn core::fmt::Display| value = n.to_string();
    let pair: Pair = match error {
        ScenarioError::NoNodes => ["這個網路裡沒有節點：請至少加一個", "这个网络里没有节点：请至少加一个"],
        ScenarioError::TooManyNodes(count) => {
            number(count);
            ["{value} 個節點太多了：最多 65536", "{value} 个节点太多了：最多 65536"]
        }
        ScenarioError::TooManyLinks(count) => {
            number(count);
            ["{value} 條鏈路太多了：最多 65535", "{value} 条链路太多了：最多 65535"]
        }
        ScenarioError::SameName(..) => ["有兩個節點都叫「{a}」：請各用一個名字", "有两个节点都叫“{a}”：请各用一个名字"],
        ScenarioError::SameAddress(..) => {
            ["「{a}」和「{b}」的 IP 位址相同：請各用一個", "“{a}”和“{b}”的 IP 地址相同：请各用一个"]
        }
        ScenarioError::SameMac(..) => {
            ["「{a}」和「{b}」的硬體位址相同：請各用一個", "“{a}”和“{b}”的硬件地址相同：请各用一个"]
        }
        ScenarioError::NoInterface(_) => ["「{a}」沒有介面：請加一個", "“{a}”没有接口：请加一个"],
        ScenarioError::SwitchHasInterfaces(_) => {
            ["「{a}」是交換器，卻列出了介面：它的連接埠隨鏈路而來", "“{a}”是交换机，却列出了接口：它的端口随链路而来"]
        }
        ScenarioError::GroupMac(_) => {
            ["「{a}」的硬體位址是群組的：第一個位元組必須是偶數", "“{a}”的硬件地址是组的：第一个字节必须是偶数"]
        }
        ScenarioError::BadAddress(_, ip) => {
            number(ip);
            ["「{a}」不能用位址 {value}：請選單一主機的位址", "“{a}”不能用地址 {value}：请选单一主机的地址"]
        }
        ScenarioError::PrefixTooLong(_, prefix) => {
            number(prefix);
            [
                "「{a}」的首碼有 {value} 位元：IPv4 最多 32，IPv6 最多 128",
                "“{a}”的前缀有 {value} 位：IPv4 最多 32，IPv6 最多 128",
            ]
        }
        ScenarioError::Mtu(_, mtu) => {
            number(mtu);
            [
                "「{a}」的 MTU 不能是 {value} 位元組：可寫 68 到 1500（用 IPv6 時至少 1280）",
                "“{a}”的 MTU 不能是 {value} 字节：可写 68 到 1500（用 IPv6 时至少 1280）",
            ]
        }
        ScenarioError::RouteOutside(_, via) => {
            number(via);
            [
                "「{a}」到不了路由器 {value}：它必須在「{a}」自己的網路裡",
                "“{a}”到不了路由器 {value}：它必须在“{a}”自己的网络里",
            ]
        }
        ScenarioError::RouteMixed(_, via) => {
            number(via);
            [
                "「{a}」經由 {value} 的路由通往另一種 IP 的網路：請用同一種 IP 的路由器",
                "“{a}”经由 {value} 的路由通往另一种 IP 的网络：请用同一种 IP 的路由器",
            ]
        }
        ScenarioError::NatNoRouter(_) => {
            ["「{a}」轉譯位址，卻不是路由器：請把它改成 router", "“{a}”转换地址，却不是路由器：请把它改成 router"]
        }
        ScenarioError::NatOutside(..) => [
            "「{a}」的 NAT 對外那一側不是有 IPv4 位址的介面：請改用另一個介面",
            "“{a}”的 NAT 对外那一侧不是有 IPv4 地址的接口：请改用另一个接口",
        ],
        ScenarioError::NatPortTwice(_, port) => {
            number(port);
            [
                "「{a}」的 NAT 把連接埠 {value} 通往兩個地方：請只選一個",
                "“{a}”的 NAT 把端口 {value} 通往两个地方：请只选一个",
            ]
        }
        ScenarioError::NatPort(_, map) => {
            number(&map.port);
            more = map.to.to_string();
            [
                "「{a}」的 NAT 不能把連接埠 {value} 通往 {more}：連接埠從 1 起，裡面要是 IPv4 位址",
                "“{a}”的 NAT 不能把端口 {value} 通往 {more}：端口从 1 起，里面要是 IPv4 地址",
            ]
        }
        ScenarioError::Settings(_, why) => {
            more = settings(why, side);
            ["「{a}」不能這樣設定：{more}", "“{a}”不能这样设置：{more}"]
        }
        ScenarioError::NoSettings(_) => [
            "「{a}」是閘道或交換器，沒有自己的 TCP 或 IP 設定：請設在主機上",
            "“{a}”是网关或交换机，没有自己的 TCP 或 IP 设置：请设在主机上",
        ],
        ScenarioError::NoPrograms(_) => [
            "「{a}」是閘道或交換器，不執行程式：請把程式放在主機上",
            "“{a}”是网关或交换机，不运行程序：请把程序放在主机上",
        ],
        ScenarioError::Program(_, _, why) => {
            more = program(why, side);
            ["「{a}」的一個程式不能執行：{more}", "“{a}”的一个程序不能运行：{more}"]
        }
        ScenarioError::UnknownNode(..) => {
            ["這條鏈路的一端沒有節點：請改接到現有的節點", "这条链路的一端没有节点：请改接到现有的节点"]
        }
        ScenarioError::UnknownInterface(..) => {
            ["這條鏈路的一端沒有介面：請改接到現有的介面", "这条链路的一端没有接口：请改接到现有的接口"]
        }
        ScenarioError::LinkToItself(_) => {
            ["鏈路的兩端是同一個節點：請連接兩個節點", "链路的两端是同一个节点：请连接两个节点"]
        }
        ScenarioError::TwoLinks(..) => {
            ["「{a}」的一個介面接了兩條鏈路：請各用一個介面", "“{a}”的一个接口接了两条链路：请各用一个接口"]
        }
        ScenarioError::ShareAboveAll(_, share) => {
            number(share);
            ["這條鏈路每百萬個訊框有 {value} 個故障：最多一百萬", "这条链路每百万个帧有 {value} 个故障：最多一百万"]
        }
        ScenarioError::FrameZero(_) => ["這條鏈路列出了第 0 個訊框：第一個是 1", "这条链路列出了第 0 个帧：第一个是 1"],
        ScenarioError::BurstTooShort(_, _, burst) => {
            number(burst);
            [
                "要遺失這麼多訊框，平均連續 {value} 個不夠：請把連續遺失的個數加大",
                "要丢失这么多帧，平均连续 {value} 个不够：请把连续丢失的个数加大",
            ]
        }
        ScenarioError::TooLate(_, span) => {
            number(&span.as_secs());
            ["這條鏈路讓訊框晚 {value} 秒：最多 86400 秒（一天）", "这条链路让帧晚 {value} 秒：最多 86400 秒（一天）"]
        }
        ScenarioError::TimelessLoop(_) => [
            "這條鏈路讓交換器圍成一圈，訊框會無止境地增加：請給圈裡的一條鏈路一個速率，或拿掉一條",
            "这条链路让交换机围成一圈，帧会无止境地增加：请给圈里的一条链路一个速率，或去掉一条",
        ],
        ScenarioError::QueueTooLong(_, queue) => {
            number(queue);
            ["佇列有 {value} 個訊框：最多 100000", "队列有 {value} 个帧：最多 100000"]
        }
    };
    let name = |place: usize| names.get(place).copied().unwrap_or("?");
    fill(pair[side], &[("a", name(0)), ("b", name(1)), ("value", &value), ("more", &more)])
}
