//! Mistakes of a scenario text in the learner's language: each a sentence that says what is wrong and what to do.
//!
//! English is the language's own (`sim_core::scenario::text::Wrong`). What is rare has no Chinese yet: it stays in English and is marked
//! as that.
//!
//! Absent on purpose: the keywords of the language, which are the same in all three.

use sim_core::scenario::ScenarioError;
use sim_core::scenario::text::{Mistake, Wrong};

use super::{Language, fill};

/// A sentence in traditional and in simplified characters.
type Pair = [&'static str; 2];

/// A mistake with its place.
pub fn mistake(language: Language, mistake: &Mistake) -> String {
    let place = match language {
        Language::English => "Line {line}, column {column}: {what}.",
        Language::TraditionalChinese => "第 {line} 行第 {column} 字：{what}。",
        Language::SimplifiedChinese => "第 {line} 行第 {column} 字：{what}。",
    };
    let (line, column) = (mistake.line.to_string(), mistake.column.to_string());
    let what = wrong(language, &mistake.what);
    let what = what.trim_end_matches(['.', '。', '?', '？']);
    fill(place, &[("line", &line), ("column", &column), ("what", what)])
}

/// What is wrong, without its place.
pub fn wrong(language: Language, wrong: &Wrong) -> String {
    let side = match language {
        Language::English => return wrong.to_string(),
        Language::TraditionalChinese => 0,
        Language::SimplifiedChinese => 1,
    };
    chinese(wrong, side).unwrap_or_else(|| {
        let frame = ["（英文）{what}", "（英文）{what}"][side];
        fill(frame, &[("what", &wrong.to_string())])
    })
}

/// Whether a mistake is told in a language, and not in English.
pub fn is_told(language: Language, wrong: &Wrong) -> bool {
    language == Language::English || chinese(wrong, 0).is_some()
}

fn near(side: usize, near: Option<&String>) -> String {
    let asks = ["；你想寫的是「{near}」嗎", "；你想写的是“{near}”吗"][side];
    near.map_or_else(String::new, |near| fill(asks, &[("near", near)]))
}

fn chinese(wrong: &Wrong, side: usize) -> Option<String> {
    let say = |pair: Pair, values: &[(&str, &str)]| Some(fill(pair[side], values));
    let with_near = |pair: Pair, name: &str, close: &Option<String>| {
        Some(fill(pair[side], &[("name", name)]) + &near(side, close.as_ref()))
    };
    match wrong {
        Wrong::Expected { what, found, near: close } => {
            let what = thing(what, side)?;
            match found {
                None => {
                    say(["這一行結束了，但這裡還需要{what}", "这一行结束了，但这里还需要{what}"], &[("what", &what)])
                }
                Some(found) => {
                    let pair = ["這裡需要{what}，卻寫了「{found}」", "这里需要{what}，却写了“{found}”"];
                    Some(fill(pair[side], &[("what", &what), ("found", found)]) + &near(side, close.as_ref()))
                }
            }
        }
        Wrong::Quantity { what, found, example } => {
            let example = example.split("` or `").collect::<Vec<_>>().join([" 或 ", " 或 "][side]);
            let pair = ["「{found}」不是{what}：請寫成 {example} 這樣", "“{found}”不是{what}：请写成 {example} 这样"];
            say(pair, &[("found", found), ("what", &thing(what, side)?), ("example", &example)])
        }
        Wrong::Bounds { what, found, least, most } => say(
            ["{what}不能是 {found}：請寫 {least} 到 {most}", "{what}不能是 {found}：请写 {least} 到 {most}"],
            &[
                ("what", &thing(what, side)?),
                ("found", found),
                ("least", &least.to_string()),
                ("most", &most.to_string()),
            ],
        ),
        Wrong::NoNode { name, near } => with_near(["沒有名叫「{name}」的節點", "没有名叫“{name}”的节点"], name, near),
        Wrong::NoAddressee { name, near } => {
            with_near(["「{name}」既不是位址，也不是節點的名字", "“{name}”既不是地址，也不是节点的名字"], name, near)
        }
        Wrong::NoVariable { name, near } => with_near(
            [
                "這個程式沒有一行產生「{name}」（像 s = socket 產生 s 那樣）",
                "这个程序没有一行产生“{name}”（像 s = socket 产生 s 那样）",
            ],
            name,
            near,
        ),
        Wrong::NoLabel { name, near } => {
            with_near(["這個程式裡沒有標籤「{name}」", "这个程序里没有标签“{name}”"], name, near)
        }
        Wrong::NoInterface { node: Some(node), name, near: close } => {
            let pair = ["「{node}」沒有介面「{name}」", "“{node}”没有接口“{name}”"];
            Some(fill(pair[side], &[("node", node), ("name", name)]) + &near(side, close.as_ref()))
        }
        Wrong::NoInterface { node: None, name, near } => {
            with_near(["這個節點沒有介面「{name}」", "这个节点没有接口“{name}”"], name, near)
        }
        Wrong::NodeTwice { name, line } => say(
            [
                "第 {line} 行已經有名叫「{name}」的節點：請換一個名字",
                "第 {line} 行已经有名叫“{name}”的节点：请换一个名字",
            ],
            &[("name", name), ("line", &line.to_string())],
        ),
        Wrong::NothingBelow { line } => say(
            ["第 {line} 行下面不能再縮排：請把這一行往左移", "第 {line} 行下面不能再缩进：请把这一行往左移"],
            &[("line", &line.to_string())],
        ),
        Wrong::Indentation { is, beside, line } => say(
            [
                "這一行縮排了 {is} 格，同一層的（從第 {line} 行起）縮排了 {beside} 格：請對齊",
                "这一行缩进了 {is} 格，同一层的（从第 {line} 行起）缩进了 {beside} 格：请对齐",
            ],
            &[("is", &is.to_string()), ("beside", &beside.to_string()), ("line", &line.to_string())],
        ),
        Wrong::Prefix { found, longest, usual } => say(
            [
                "「/{found}」不是首碼長度：可寫 0 到 {longest} 位元，例如 /{usual}",
                "“/{found}”不是前缀长度：可写 0 到 {longest} 位，例如 /{usual}",
            ],
            &[("found", found), ("longest", &longest.to_string()), ("usual", &usual.to_string())],
        ),
        Wrong::Mtu(mtu) => say(
            [
                "MTU 不能是 {mtu} 位元組：可寫 68 到 1500（用 IPv6 時至少 1280）",
                "MTU 不能是 {mtu} 字节：可写 68 到 1500（用 IPv6 时至少 1280）",
            ],
            &[("mtu", &mtu.to_string())],
        ),
        Wrong::TooLong { bytes, most } => say(
            ["這段文字有 {bytes} 位元組，最多 {most}：請縮短", "这段文本有 {bytes} 字节，最多 {most}：请缩短"],
            &[("bytes", &bytes.to_string()), ("most", &most.to_string())],
        ),
        Wrong::Scenario(error, names) => {
            let name = |place: usize| names.get(place).map_or("?", |(_, name)| name.as_str());
            scenario(error, [name(0), name(1)], side)
        }
        wrong => simple(wrong, side),
    }
}

/// Mistakes with one word or none.
fn simple(wrong: &Wrong, side: usize) -> Option<String> {
    let (pair, word): (Pair, &str) = match wrong {
        Wrong::WordTooMany(word) => {
            (["「{word}」在這裡多出來了：請刪掉，或另寫一行", "“{word}”在这里多出来了：请删掉，或另写一行"], word)
        }
        Wrong::SaidTwice => (["前面有一行已經說過這件事：請只留一個", "前面有一行已经说过这件事：请只留一个"], ""),
        Wrong::QuoteOpen => (
            ["這個引號在同一行裡沒有結尾：請在文字結束處加上 \"", "这个引号在同一行里没有结尾：请在文字结束处加上 \""],
            "",
        ),
        Wrong::NoAddress(word) => (
            [
                "「{word}」不是位址：請寫成 10.0.0.1/24 或 2001:db8::1/64 這樣",
                "“{word}”不是地址：请写成 10.0.0.1/24 或 2001:db8::1/64 这样",
            ],
            word,
        ),
        Wrong::OneNode => (["鏈路的兩端是同一個節點：請換一個", "链路的两端是同一个节点：请换一个"], ""),
        Wrong::InterfaceTaken(word) => {
            (["介面「{word}」已經接了一條鏈路：請用另一個介面", "接口“{word}”已经接了一条链路：请用另一个接口"], word)
        }
        Wrong::InterfaceTwice(word) => {
            (["這個節點已經有介面「{word}」：請換一個名字", "这个节点已经有接口“{word}”：请换一个名字"], word)
        }
        Wrong::SwitchInterface => {
            (["交換器沒有位址，它的埠隨鏈路而來：只寫名字就好", "交换机没有地址，它的端口随链路而来：只写名字就好"], "")
        }
        Wrong::NoPrograms => (
            ["交換器和閘道不執行程式：請把它放在主機或路由器上", "交换机和网关不运行程序：请把它放在主机或路由器上"],
            "",
        ),
        Wrong::ResultNeedsName(word) => {
            (["{word} 的結果需要一個名字：請寫成 s = {word} …", "{word} 的结果需要一个名字：请写成 s = {word} …"], word)
        }
        Wrong::NoBytes(word) => (
            [
                "「{word}」沒有引號，也不是大小：請寫成 \"{word}\" 或 64kB",
                "“{word}”没有引号，也不是大小：请写成 \"{word}\" 或 64kB",
            ],
            word,
        ),
        Wrong::EmptyBlock => {
            (["這一行下面什麼也沒有：請把要做的事縮排寫在下面", "这一行下面什么也没有：请把要做的事缩进写在下面"], "")
        }
        Wrong::NoPort(word) => (
            [
                "「{word}」沒有連接埠：請寫成 10.0.0.2:80 或 b:80 這樣",
                "“{word}”没有端口：请写成 10.0.0.2:80 或 b:80 这样",
            ],
            word,
        ),
        Wrong::Port(word) => (
            [
                "「{word}」不是 0 到 65535 的連接埠：請寫成 b:80 這樣",
                "“{word}”不是 0 到 65535 的端口：请写成 b:80 这样",
            ],
            word,
        ),
        Wrong::NoLink => (["這兩個節點之間沒有鏈路", "这两个节点之间没有链路"], ""),
        Wrong::NotItsEnds => (["這不是上面那條鏈路的兩端", "这不是上面那条链路的两端"], ""),
        Wrong::NoNat => {
            (["埠對應需要同一個路由器裡、上面有一行 nat", "端口映射需要同一个路由器里、上面有一行 nat"], "")
        }
        Wrong::FileQuotes => (["檔案的內容要寫在引號裡", "文件的内容要写在引号里"], ""),
        _ => return None,
    };
    Some(fill(pair[side], &[("word", word)]))
}

fn scenario(error: &ScenarioError, [a, b]: [&str; 2], side: usize) -> Option<String> {
    let mut value = String::new();
    let pair: Pair = match error {
        ScenarioError::NoNodes => ["這個網路裡沒有節點：請至少加一個", "这个网络里没有节点：请至少加一个"],
        ScenarioError::SameAddress(..) => {
            ["「{a}」和「{b}」的 IP 位址相同：請各用一個", "“{a}”和“{b}”的 IP 地址相同：请各用一个"]
        }
        ScenarioError::SameMac(..) => {
            ["「{a}」和「{b}」的硬體位址相同：請各用一個", "“{a}”和“{b}”的硬件地址相同：请各用一个"]
        }
        ScenarioError::BadAddress(_, ip) => {
            value = ip.to_string();
            ["「{a}」不能用位址 {value}：請選單一主機的位址", "“{a}”不能用地址 {value}：请选单一主机的地址"]
        }
        ScenarioError::Mtu(_, mtu) => {
            value = mtu.to_string();
            [
                "「{a}」的 MTU 不能是 {value} 位元組：可寫 68 到 1500（用 IPv6 時至少 1280）",
                "“{a}”的 MTU 不能是 {value} 字节：可写 68 到 1500（用 IPv6 时至少 1280）",
            ]
        }
        ScenarioError::RouteOutside(_, via) => {
            value = via.to_string();
            [
                "「{a}」到不了路由器 {value}：它必須在「{a}」自己的網路裡",
                "“{a}”到不了路由器 {value}：它必须在“{a}”自己的网络里",
            ]
        }
        ScenarioError::NatNoRouter(_) => {
            ["「{a}」轉譯位址，卻不是路由器：請把它改成 router", "“{a}”转换地址，却不是路由器：请把它改成 router"]
        }
        ScenarioError::TimelessLoop(_) => [
            "這條鏈路讓交換器圍成一圈，訊框會無止境地增加：請給圈裡的一條鏈路一個速率，或拿掉一條",
            "这条链路让交换机围成一圈，帧会无止境地增加：请给圈里的一条链路一个速率，或去掉一条",
        ],
        ScenarioError::QueueTooLong(_, queue) => {
            value = queue.to_string();
            ["佇列有 {value} 個訊框：最多 100000", "队列有 {value} 个帧：最多 100000"]
        }
        _ => return None,
    };
    Some(fill(pair[side], &[("a", a), ("b", b), ("value", &value)]))
}

/// What may be expected or counted, by the English words for it.
const THINGS: [(&str, Pair); 62] = [
    (
        "a statement",
        ["一個敘述（host、router、switch、gateway、link…）", "一个语句（host、router、switch、gateway、link…）"],
    ),
    ("a node's name", ["節點的名字", "节点的名字"]),
    ("the node's name", ["節點的名字", "节点的名字"]),
    ("the interface's name", ["介面的名字", "接口的名字"]),
    ("the outside interface's name", ["對外介面的名字", "对外接口的名字"]),
    ("the interface that leads to the neighbour", ["通往鄰居的介面", "通往邻居的接口"]),
    ("the program's name", ["程式的名字", "程序的名字"]),
    ("a program's name", ["程式的名字", "程序的名字"]),
    ("the scenario's name", ["這個實驗的名字", "这个实验的名字"]),
    ("a name", ["名字", "名字"]),
    ("the name to look up", ["要查的名字", "要查的名字"]),
    ("the host to ping", ["要 ping 的主機", "要 ping 的主机"]),
    ("the web server", ["網頁伺服器", "网页服务器"]),
    ("the path", ["路徑", "路径"]),
    ("a path", ["路徑", "路径"]),
    ("the folder", ["資料夾", "文件夹"]),
    ("a variable such as `s`", ["像 s 這樣的變數", "像 s 这样的变量"]),
    ("a label", ["標籤", "标签"]),
    ("a call", ["一個呼叫（socket、connect、send…）", "一个调用（socket、connect、send…）"]),
    ("a fault", ["一種故障（loss、duplicate、corrupt、reorder…）", "一种故障（loss、duplicate、corrupt、reorder…）"]),
    ("a part of a node", ["節點的一部分", "节点的一部分"]),
    ("an address", ["位址", "地址"]),
    ("address", ["位址", "地址"]),
    ("an address such as `b:80`", ["像 b:80 這樣的位址", "像 b:80 这样的地址"]),
    (
        "an address, `mac`, `mtu`, `autoconf`, `advertise` or `none`",
        ["位址、mac、mtu、autoconf、advertise 或 none", "地址、mac、mtu、autoconf、advertise 或 none"],
    ),
    (
        "a rate, a delay, `queue`, `jitter` or a fault",
        ["速率、延遲、queue、jitter 或一種故障", "速率、延迟、queue、jitter 或一种故障"],
    ),
    ("a rate, a delay or a fault", ["速率、延遲或一種故障", "速率、延迟或一种故障"]),
    ("the next router's address or name", ["下一個路由器的位址或名字", "下一个路由器的地址或名字"]),
    ("the neighbour's address", ["鄰居的位址", "邻居的地址"]),
    ("its hardware address", ["它的硬體位址", "它的硬件地址"]),
    ("hardware address", ["硬體位址", "硬件地址"]),
    ("address of a router", ["路由器的位址", "路由器的地址"]),
    ("address of a name server", ["名稱伺服器的位址", "域名服务器的地址"]),
    ("address of a group", ["群組的位址", "组的地址"]),
    ("first address to lease", ["要租出的第一個位址", "要租出的第一个地址"]),
    ("last address to lease", ["要租出的最後一個位址", "要租出的最后一个地址"]),
    (
        "bytes in quotes, or a size such as `64kB`",
        ["引號裡的位元組，或像 64kB 這樣的大小", "引号里的字节，或像 64kB 这样的大小"],
    ),
    ("what is in the file, in quotes", ["檔案的內容（寫在引號裡）", "文件的内容（写在引号里）"]),
    (
        "`received`, `datagram`, `length`, `result` or a text in quotes",
        ["received、datagram、length、result 或引號裡的文字", "received、datagram、length、result 或引号里的文字"],
    ),
    ("an option such as `SO_REUSEADDR`", ["像 SO_REUSEADDR 這樣的選項", "像 SO_REUSEADDR 这样的选项"]),
    ("a flag such as `MSG_PEEK`", ["像 MSG_PEEK 這樣的旗標", "像 MSG_PEEK 这样的标志"]),
    ("an event of `poll`", ["poll 的一種事件", "poll 的一种事件"]),
    (
        "a family (`inet`, `inet6`, `unix`) or a type (`stream`, `dgram`, `icmp`)",
        [
            "家族（inet、inet6、unix）或型別（stream、dgram、icmp）",
            "族（inet、inet6、unix）或类型（stream、dgram、icmp）",
        ],
    ),
    ("time", ["時間", "时间"]),
    ("time (or `none`)", ["時間（或 none）", "时间（或 none）"]),
    ("delay", ["延遲", "延迟"]),
    ("jitter", ["抖動", "抖动"]),
    ("rate", ["速率", "速率"]),
    ("share", ["比例", "比例"]),
    ("place of a frame, or share", ["訊框的次序或比例", "帧的次序或比例"]),
    ("place on the picture", ["圖上的位置（0 到 1000）", "图上的位置（0 到 1000）"]),
    ("number of frames", ["訊框個數", "帧的个数"]),
    ("number of bytes", ["位元組數", "字节数"]),
    ("number of times", ["次數", "次数"]),
    ("number of probes", ["探測次數", "探测次数"]),
    ("seed", ["亂數種子", "随机种子"]),
    ("port", ["連接埠", "端口"]),
    ("backlog", ["等候佇列長度", "等候队列长度"]),
    ("MTU in bytes", ["以位元組計的 MTU", "以字节计的 MTU"]),
    ("requests", ["請求次數", "请求次数"]),
    ("hops", ["跳數", "跳数"]),
    ("bytes of data", ["資料的位元組數", "数据的字节数"]),
];

fn thing(what: &str, side: usize) -> Option<String> {
    if let Some((_, pair)) = THINGS.iter().find(|(english, _)| *english == what) {
        return Some(pair[side].to_owned());
    }
    // Keywords alone need no translation, only the language's own commas.
    let keywords = what.starts_with('`')
        && what.split('`').skip(2).step_by(2).all(|between| matches!(between, "" | ", " | " or "));
    keywords.then(|| what.replace(", ", "、").replace(" or ", " 或 ").replace('`', ""))
}
