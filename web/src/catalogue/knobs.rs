//! Words: Controls of links and hosts.

words! {
    say_host_set deep_host_set
}

pub(super) const EN: Words = Words {
    say_host_set: "From now on {node} is set so: {settings}. What is not named here is as usual.",
    deep_host_set: "Linux looks some settings up as it needs them: Nagle, delayed ACKs, the greatest buffers, retries. These count at once. What a SYN offers, first buffers and congestion control count for new connections.",
};

pub(super) const ZH_HANT: Words = Words {
    say_host_set: "從現在起 {node} 的設定是：{settings}。沒有列出的都照常。",
    deep_host_set: "Linux 有些設定在用到時才查：Nagle、延遲確認、緩衝區上限、重試次數，所以立刻生效。SYN 裡提出的選項、緩衝區初值與壅塞控制，則對新連線生效。",
};

pub(super) const ZH_HANS: Words = Words {
    say_host_set: "从现在起 {node} 的设置是：{settings}。没有列出的都照常。",
    deep_host_set: "Linux 有些设置在用到时才查：Nagle、延迟确认、缓冲区上限、重试次数，所以立刻生效。SYN 里提出的选项、缓冲区初值与拥塞控制，则对新连接生效。",
};
