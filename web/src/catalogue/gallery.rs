//! What the examples are called, and what each shows: in the order of `app::edit::examples::ALL`.
//!
//! Absent on purpose: the examples themselves.

use super::Language;

/// A title and a sentence.
pub type Entry = (&'static str, &'static str);

/// How many there are.
pub const MANY: usize = 13;

/// The entries in a language.
pub const fn entries(language: Language) -> &'static [Entry; MANY] {
    match language {
        Language::English => &EN,
        Language::TraditionalChinese => &ZH_HANT,
        Language::SimplifiedChinese => &ZH_HANS,
    }
}

const EN: [Entry; MANY] = [
    ("Hello over TCP", "The tutorial's first exchange: a client says hello!, the server answers hi."),
    ("Datagrams", "One is answered, one is too long for its buffer, one goes to a port that no program uses."),
    ("Hosts at a switch", "The switch learns who is where; the third host sees only the frames that are flooded."),
    ("Routers in a row", "Four pings with a growing TTL: each router on the way shows itself."),
    ("A computer boots", "It leases an address (DHCP), asks for a name (DNS) and fetches a page."),
    ("A home behind a NAT", "Two computers share one public address, and a mapped port lets the outside in."),
    ("IPv6", "Hosts make their own addresses and find their neighbours without ARP."),
    ("A narrow link", "A small MTU on the way: TCP learns of it from ICMP, UDP is sent in fragments."),
    ("Address already in use", "Who closes first waits in TIME_WAIT, so the server cannot start again."),
    ("Losses on the way", "A hundred kilobytes over a link that loses every fiftieth frame: TCP repairs it."),
    ("A slow reader", "The receiver does not read: its window closes, the sender waits and probes."),
    ("Write, write, read", "Nagle meets delayed ACK; the same again with TCP_NODELAY."),
    ("Two flows, one road", "Two senders share a bottleneck and its queue: congestion control at work."),
];

const ZH_HANT: [Entry; MANY] = [
    ("用 TCP 打招呼", "教學範例的第一次對話：用戶端說 hello!，伺服器回 hi。"),
    ("資料包", "一個有回應，一個比緩衝區還長，一個送到沒有程式接收的連接埠。"),
    ("交換器上的主機", "交換器學會誰在哪裡；第三台主機只看得到洪泛的訊框。"),
    ("一排路由器", "四次 ping 的 TTL 逐漸變大：路上的每台路由器都現身。"),
    ("電腦開機", "先租一個位址（DHCP），再查名稱（DNS），最後取回網頁。"),
    ("NAT 後面的家", "兩台電腦共用一個公開位址，一個對應的連接埠讓外面進得來。"),
    ("IPv6", "主機自己產生位址，不用 ARP 就找到鄰居。"),
    ("狹窄的鏈路", "路上有一段 MTU 很小：TCP 從 ICMP 得知，UDP 被切成片段。"),
    ("位址已被使用", "先關閉的一方要在 TIME_WAIT 等待，伺服器因此不能再啟動。"),
    ("路上的遺失", "100 kB 走過每五十個訊框遺失一個的鏈路：TCP 會補好。"),
    ("讀得慢的接收端", "接收端不讀：它的視窗關上，傳送端等待並探測。"),
    ("寫、寫、讀", "Nagle 遇上延遲確認；接著用 TCP_NODELAY 再來一次。"),
    ("兩條流，一條路", "兩個傳送端共用瓶頸和它的佇列：看壅塞控制怎麼運作。"),
];

const ZH_HANS: [Entry; MANY] = [
    ("用 TCP 打招呼", "教程里的第一次对话：客户端说 hello!，服务器回 hi。"),
    ("数据报", "一个有回应，一个比缓冲区还长，一个发到没有程序接收的端口。"),
    ("交换机上的主机", "交换机学会谁在哪里；第三台主机只看得到泛洪的帧。"),
    ("一排路由器", "四次 ping 的 TTL 逐渐变大：路上的每台路由器都现身。"),
    ("电脑开机", "先租一个地址（DHCP），再查名称（DNS），最后取回网页。"),
    ("NAT 后面的家", "两台电脑共用一个公网地址，一个映射的端口让外面进得来。"),
    ("IPv6", "主机自己生成地址，不用 ARP 就找到邻居。"),
    ("狭窄的链路", "路上有一段 MTU 很小：TCP 从 ICMP 得知，UDP 被切成分片。"),
    ("地址已被占用", "先关闭的一方要在 TIME_WAIT 等待，服务器因此不能再启动。"),
    ("路上的丢失", "100 kB 走过每五十个帧丢失一个的链路：TCP 会补好。"),
    ("读得慢的接收端", "接收端不读：它的窗口关上，发送端等待并探测。"),
    ("写、写、读", "Nagle 遇上延迟确认；接着用 TCP_NODELAY 再来一次。"),
    ("两条流，一条路", "两个发送端共用瓶颈和它的队列：看拥塞控制怎么运作。"),
];
