//! What a line of a scenario may lack, by the English words for it (`sim_core::scenario::text::THINGS`).
//!
//! Absent on purpose: keywords of the language, which are the same in all three.

use super::Pair;

/// What may be expected or counted, by the English words for it.
const THINGS: [(&str, Pair); 78] = [
    ("a setting of TCP or IP", ["TCP 或 IP 的一項設定", "TCP 或 IP 的一项设置"]),
    (
        "`r`, `w`, `a` or flags such as `O_RDWR|O_CREAT`",
        ["r、w、a，或像 O_RDWR|O_CREAT 這樣的旗標", "r、w、a，或像 O_RDWR|O_CREAT 这样的标志"],
    ),
    ("the frame's bytes", ["訊框的位元組", "帧的字节"]),
    ("time to live", ["存活時間（TTL）", "生存时间（TTL）"]),
    ("hop limit", ["跳數限制", "跳数限制"]),
    ("number of a frame", ["訊框的次序", "帧的次序"]),
    ("mean length of a run of lost frames", ["連續遺失的平均個數", "连续丢失的平均个数"]),
    ("interface", ["介面", "接口"]),
    ("number of retries", ["重試次數", "重试次数"]),
    ("number of segments", ["區段個數", "报文段个数"]),
    ("segment in bytes", ["以位元組計的區段大小", "以字节计的报文段大小"]),
    ("size of a buffer", ["緩衝區大小", "缓冲区大小"]),
    ("a line", ["行號", "行号"]),
    ("a line of the listing", ["程式列表的行號", "程序清单的行号"]),
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
    ("the program's language", ["程式所用的語言", "程序所用的语言"]),
    ("what the program reads, in quotes", ["程式要讀的輸入，放在引號裡", "程序要读的输入，放在引号里"]),
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
        ["速率、延遲、queue、jitter 或一種故障", "速率、时延、queue、jitter 或一种故障"],
    ),
    ("a rate, a delay or a fault", ["速率、延遲或一種故障", "速率、时延或一种故障"]),
    ("the next router's address or name", ["下一台路由器的位址或名字", "下一台路由器的地址或名字"]),
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
    ("delay", ["延遲", "时延"]),
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

/// What something is called; keywords alone need no translation, only the language's own commas.
pub(super) fn thing(what: &str, side: usize) -> String {
    match THINGS.iter().find(|(english, _)| *english == what) {
        Some((_, pair)) => pair[side].to_owned(),
        None => what.replace(", ", "、").replace(" or ", " 或 ").replace('`', ""),
    }
}
