//! Mistakes of a scenario text in the learner's language: each a sentence that says what is wrong and what to do.
//!
//! English is the language's own (`sim_core::scenario::text::Wrong`).
//!
//! Absent on purpose: the keywords of the language, which are the same in all three.

use sim_core::scenario::text::{Mistake, Wrong};
use sim_core::wire::dns::NameError;

use super::{Language, fill};

mod network;
mod things;

pub use network::{input, network};
use things::thing;

/// A sentence in traditional and in simplified characters.
type Pair = [&'static str; 2];

/// Which of a pair a language has; English has neither.
fn side(language: Language) -> Option<usize> {
    match language {
        Language::English => None,
        Language::TraditionalChinese => Some(0),
        Language::SimplifiedChinese => Some(1),
    }
}

/// A mistake with its place.
pub fn mistake(language: Language, mistake: &Mistake) -> String {
    let place = match language {
        Language::English => "Line {line}, column {column}: {what}.",
        Language::TraditionalChinese | Language::SimplifiedChinese => "第 {line} 行第 {column} 字：{what}。",
    };
    let (line, column) = (mistake.line.to_string(), mistake.column.to_string());
    let what = wrong(language, &mistake.what);
    let what = what.trim_end_matches(['.', '。', '?', '？']);
    fill(place, &[("line", &line), ("column", &column), ("what", what)])
}

/// What is wrong, without its place.
pub fn wrong(language: Language, wrong: &Wrong) -> String {
    side(language).map_or_else(|| wrong.to_string(), |side| chinese(wrong, side))
}

fn near(side: usize, near: Option<&String>) -> String {
    let asks = ["；你想寫的是「{near}」嗎", "；你想写的是“{near}”吗"][side];
    near.map_or_else(String::new, |near| fill(asks, &[("near", near)]))
}

fn chinese(wrong: &Wrong, side: usize) -> String {
    let say = |pair: Pair, values: &[(&str, &str)]| fill(pair[side], values);
    let with_near = |pair: Pair, name: &str, close: &Option<String>| {
        fill(pair[side], &[("name", name)]) + &near(side, close.as_ref())
    };
    let limit = |pair: Pair, n: Option<usize>, most: usize| {
        fill(pair[side], &[("n", &n.unwrap_or_default().to_string()), ("most", &most.to_string())])
    };
    let one = |pair: Pair, word: &str| fill(pair[side], &[("word", word)]);
    match wrong {
        Wrong::Expected { what, found, near: close } => {
            let what = thing(what, side);
            match found {
                None => {
                    say(["這一行結束了，但這裡還需要{what}", "这一行结束了，但这里还需要{what}"], &[("what", &what)])
                }
                Some(found) => {
                    let pair = ["這裡需要{what}，卻寫了「{found}」", "这里需要{what}，却写了“{found}”"];
                    fill(pair[side], &[("what", &what), ("found", found)]) + &near(side, close.as_ref())
                }
            }
        }
        Wrong::Quantity { what, found, example } => {
            let example = example.split("` or `").collect::<Vec<_>>().join([" 或 ", " 或 "][side]);
            let pair = ["「{found}」不是{what}：請寫成 {example} 這樣", "“{found}”不是{what}：请写成 {example} 这样"];
            say(pair, &[("found", found), ("what", &thing(what, side)), ("example", &example)])
        }
        Wrong::Bounds { what, found, least, most } => say(
            ["{what}不能是 {found}：請寫 {least} 到 {most}", "{what}不能是 {found}：请写 {least} 到 {most}"],
            &[
                ("what", &thing(what, side)),
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
            fill(pair[side], &[("node", node), ("name", name)]) + &near(side, close.as_ref())
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
            let names: Vec<_> = names.iter().map(|(_, name)| name.as_str()).collect();
            network::scenario(error, &names, side)
        }
        Wrong::LongLine { bytes, most } => limit(
            ["這一行有 {n} 位元組，最多 {most}：請拆成幾行", "这一行有 {n} 字节，最多 {most}：请拆成几行"],
            Some(*bytes),
            *most,
        ),
        Wrong::LongBytes { bytes, most } => limit(
            ["一次呼叫放不下 {n} 位元組：最多 {most}", "一次调用放不下 {n} 字节：最多 {most}"],
            Some(*bytes),
            *most,
        ),
        Wrong::LongName { bytes, most } => limit(
            ["名字有 {n} 位元組，太長了：最多 {most}", "名字有 {n} 字节，太长了：最多 {most}"],
            Some(*bytes),
            *most,
        ),
        Wrong::Lines(most) => {
            limit(["超過 {most} 行：請拆開，或把實驗縮小", "超过 {most} 行：请拆开，或把实验缩小"], None, *most)
        }
        Wrong::Deep(most) => {
            limit(["縮排超過 {most} 層：請把一些往外移", "缩进超过 {most} 层：请把一些往外移"], None, *most)
        }
        Wrong::Nodes(most) => limit(["節點超過 {most} 個：請減少", "节点超过 {most} 个：请减少"], None, *most),
        Wrong::Links(most) => limit(["鏈路超過 {most} 條：請減少", "链路超过 {most} 条：请减少"], None, *most),
        Wrong::Interfaces(most) => {
            limit(["一個節點最多有 {most} 個介面：請用交換器", "一个节点最多有 {most} 个接口：请用交换机"], None, *most)
        }
        Wrong::Steps(most) => {
            limit(["一個程式最多有 {most} 步：請用 repeat", "一个程序最多有 {most} 步：请用 repeat"], None, *most)
        }
        Wrong::List(most) => {
            limit(["列表要由小到大，最多 {most} 個訊框", "列表要由小到大，最多 {most} 个帧"], None, *most)
        }
        Wrong::Printable { found, near } => with_near(
            [
                "「{name}」不是 received、datagram、length、result，也不是引號裡的文字",
                "“{name}”不是 received、datagram、length、result，也不是引号里的文字",
            ],
            found,
            near,
        ),
        Wrong::NoProgram { name, near } => {
            with_near(["這個節點沒有程式「{name}」", "这个节点没有程序“{name}”"], name, near)
        }
        Wrong::DomainName { name, why } => {
            let pair = match why {
                Some(NameError::EmptyLabel) => ["有兩個點連在一起：請刪掉一個", "有两个点连在一起：请删掉一个"],
                Some(NameError::LongLabel) => ["兩點之間超過 63 位元組：請縮短", "两点之间超过 63 字节：请缩短"],
                Some(NameError::Long) => ["超過 253 個字元：請縮短", "超过 253 个字符：请缩短"],
                None => ["請用 ASCII 寫（xn--…）", "请用 ASCII 写（xn--…）"],
            };
            say(["「{name}」不是網域名稱：{why}", "“{name}”不是域名：{why}"], &[("name", name), ("why", pair[side])])
        }
        Wrong::LeaseEnd { first, last } => say(
            [
                "{last} 不在 {first} 後面的同一個網路裡：請寫那裡較大的位址",
                "{last} 不在 {first} 后面的同一个网络里：请写那里较大的地址",
            ],
            &[("first", &first.to_string()), ("last", &last.to_string())],
        ),
        Wrong::Settings(error) => network::settings(error, side),
        Wrong::WordTooMany(word) => {
            one(["「{word}」在這裡多出來了：請刪掉，或另寫一行", "“{word}”在这里多出来了：请删掉，或另写一行"], word)
        }
        Wrong::SaidTwice => one(["前面有一行已經說過這件事：請只留一個", "前面有一行已经说过这件事：请只留一个"], ""),
        Wrong::QuoteOpen => one(
            ["這個引號在同一行裡沒有結尾：請在文字結束處加上 \"", "这个引号在同一行里没有结尾：请在文字结束处加上 \""],
            "",
        ),
        Wrong::NoAddress(word) => one(
            [
                "「{word}」不是位址：請寫成 10.0.0.1/24 或 2001:db8::1/64 這樣",
                "“{word}”不是地址：请写成 10.0.0.1/24 或 2001:db8::1/64 这样",
            ],
            word,
        ),
        Wrong::OneNode => one(["鏈路的兩端是同一個節點：請換一個", "链路的两端是同一个节点：请换一个"], ""),
        Wrong::InterfaceTaken(word) => one(
            ["介面「{word}」已經接了一條鏈路：請用另一個介面", "接口“{word}”已经接了一条链路：请用另一个接口"],
            word,
        ),
        Wrong::InterfaceTwice(word) => {
            one(["這個節點已經有介面「{word}」：請換一個名字", "这个节点已经有接口“{word}”：请换一个名字"], word)
        }
        Wrong::SwitchInterface => one(
            ["交換器沒有位址，它的連接埠隨鏈路而來：只寫名字就好", "交换机没有地址，它的端口随链路而来：只写名字就好"],
            "",
        ),
        Wrong::NoPrograms => one(
            ["交換器和閘道不執行程式：請把它放在主機或路由器上", "交换机和网关不运行程序：请把它放在主机或路由器上"],
            "",
        ),
        Wrong::ResultNeedsName(word) => one(
            ["{word} 的結果需要一個名字：請寫成 s = {word} …", "{word} 的结果需要一个名字：请写成 s = {word} …"],
            word,
        ),
        Wrong::NoBytes(word) => one(
            [
                "「{word}」沒有引號，也不是大小：請寫成 \"{word}\" 或 64kB",
                "“{word}”没有引号，也不是大小：请写成 \"{word}\" 或 64kB",
            ],
            word,
        ),
        Wrong::EmptyBlock => one(
            ["這一行下面什麼也沒有：請把要做的事縮排寫在下面", "这一行下面什么也没有：请把要做的事缩进写在下面"],
            "",
        ),
        Wrong::NoPort(word) => one(
            [
                "「{word}」沒有連接埠：請寫成 10.0.0.2:80 或 b:80 這樣",
                "“{word}”没有端口：请写成 10.0.0.2:80 或 b:80 这样",
            ],
            word,
        ),
        Wrong::Port(word) => one(
            [
                "「{word}」不是 0 到 65535 的連接埠：請寫成 b:80 這樣",
                "“{word}”不是 0 到 65535 的端口：请写成 b:80 这样",
            ],
            word,
        ),
        Wrong::NoLink => one(["這兩個節點之間沒有鏈路", "这两个节点之间没有链路"], ""),
        Wrong::NotItsEnds => one(["這不是上面那條鏈路的兩端", "这不是上面那条链路的两端"], ""),
        Wrong::PortTaken(port) => say(
            ["交換器的連接埠 {port} 已經接了一條鏈路：請用另一個", "交换机的端口 {port} 已经接了一条链路：请用另一个"],
            &[("port", &port.to_string())],
        ),
        Wrong::LeaseNetwork(first) => say(
            ["這個節點在 {first} 的網路裡沒有位址：請給它一個", "这个节点在 {first} 的网络里没有地址：请给它一个"],
            &[("first", &first.to_string())],
        ),
        Wrong::NoNat => {
            one(["連接埠對應之前，同一台路由器裡要先有一行 nat", "端口映射之前，同一台路由器里要先有一行 nat"], "")
        }
        Wrong::FileQuotes => one(["檔案的內容要寫在引號裡", "文件的内容要写在引号里"], ""),
        Wrong::NoNeighbour(word) => one(
            [
                "「{word}」在這個節點的網路裡沒有位址：請給它一個，或寫位址",
                "“{word}”在这个节点的网络里没有地址：请给它一个，或写地址",
            ],
            word,
        ),
        Wrong::NoOwnAddress(word) => one(
            [
                "節點「{word}」還沒有自己的位址：請給它一個，或寫位址",
                "节点“{word}”还没有自己的地址：请给它一个，或写地址",
            ],
            word,
        ),
        Wrong::NoAddressLeft(word) => {
            one(["沒有位址可以給「{word}」了：請把首碼寫短一些", "没有地址可以给“{word}”了：请把前缀写短一些"], word)
        }
        Wrong::ReadOnly(word) => {
            one(["{word} 只能讀，不能設：請用 getsockopt", "{word} 只能读，不能设：请用 getsockopt"], word)
        }
        Wrong::SwitchPort(word) => one(
            ["「{word}」不是交換器的連接埠：請寫像 0 這樣的號碼", "“{word}”不是交换机的端口：请写像 0 这样的号码"],
            word,
        ),
        Wrong::PortsFull => one(
            ["交換器的 65536 個連接埠都接了鏈路：請加一台交換器", "交换机的 65536 个端口都接了链路：请加一台交换机"],
            "",
        ),
        Wrong::HexDigits => {
            one(["\\x 後面要有兩個十六進位數字，例如 \\x0a", "\\x 后面要有两个十六进制数字，例如 \\x0a"], "")
        }
        Wrong::Escape => one(
            [
                "反斜線後面只能是 n、r、t、0、\\、\" 或 xHH：反斜線本身請寫 \\\\",
                "反斜线后面只能是 n、r、t、0、\\、\" 或 xHH：反斜线本身请写 \\\\",
            ],
            "",
        ),
        Wrong::HardwareAddress => one(
            [
                "硬體位址是六組兩位的十六進位數字：02:00:00:00:00:01",
                "硬件地址是六组两位的十六进制数字：02:00:00:00:00:01",
            ],
            "",
        ),
        Wrong::NatTwice => one(["這台路由器已經有 NAT：請只留一個", "这台路由器已经有 NAT：请只留一个"], ""),
        Wrong::NoVariableHere => one(["這個呼叫在這裡不用變數", "这个调用在这里不用变量"], ""),
        Wrong::ProgramLines => {
            one(["一個程式最多 65535 行：請拆開，或用 repeat", "一个程序最多 65535 行：请拆开，或用 repeat"], "")
        }
        Wrong::LabelTwice => {
            one(["前面有一行已經有這個標籤：請換一個名字", "前面有一行已经有这个标签：请换一个名字"], "")
        }
        Wrong::ListingLine => one(["@ 後面要寫程式列表的行號，例如 @7", "@ 后面要写程序清单的行号，例如 @7"], ""),
        Wrong::Variables => one(["一個程式最多 256 個變數：請重複使用", "一个程序最多 256 个变量：请重复使用"], ""),
        Wrong::RepeatZero => one(["repeat 後面的次數從 1 起", "repeat 后面的次数从 1 起"], ""),
        Wrong::NoBar => one(
            ["這個程式的每一行都以 | 開頭，這一行沒有：請加上", "这个程序的每一行都以 | 开头，这一行没有：请加上"],
            "",
        ),
        Wrong::TwoDescriptors => one(
            ["socketpair 給出兩個描述子：請寫 s, t = socketpair", "socketpair 给出两个描述符：请写 s, t = socketpair"],
            "",
        ),
        Wrong::PairFamily => one(
            [
                "一對通訊端一定是 AF_UNIX：請寫 stream 或 dgram，或不寫",
                "一对套接字一定是 AF_UNIX：请写 stream 或 dgram，或不写",
            ],
            "",
        ),
        Wrong::TryTwice => {
            one(["try 後面要接一個呼叫：兩個詞請刪掉一個", "try 后面要接一个调用：两个词请删掉一个"], "")
        }
        Wrong::Budget => one(
            ["這段文字的程式一共送出超過 64 MiB：請用 repeat", "这段文本的程序一共发出超过 64 MiB：请用 repeat"],
            "",
        ),
        Wrong::LargeCall => one(["一次呼叫最多 2 GiB：請寫小一點", "一次调用最多 2 GiB：请写小一点"], ""),
        Wrong::NotUtf8 => one(["這裡必須是 UTF-8：請拿掉 \\x", "这里必须是 UTF-8：请去掉 \\x"], ""),
        Wrong::EmptyName => one(["名字不能是空的：請在引號裡寫一個", "名字不能是空的：请在引号里写一个"], ""),
        Wrong::ControlName => one(["名字裡不能有控制字元：請拿掉", "名字里不能有控制字符：请去掉"], ""),
        Wrong::FrameBytes => one(
            [
                "一個訊框有 14 到 1514 位元組：請用十六進位寫，每個位元組兩位",
                "一个帧有 14 到 1514 字节：请用十六进制写，每个字节两位",
            ],
            "",
        ),
        Wrong::NoSettings => one(
            [
                "閘道和交換器沒有 TCP 或 IP 的設定：請寫主機或路由器的名字",
                "网关和交换机没有 TCP 或 IP 的设置：请写主机或路由器的名字",
            ],
            "",
        ),
        Wrong::SeveralLinks => one(
            [
                "這兩個節點之間有好幾條鏈路：請寫出介面，例如 a:eth1",
                "这两个节点之间有好几条链路：请写出接口，例如 a:eth1",
            ],
            "",
        ),
    }
}
