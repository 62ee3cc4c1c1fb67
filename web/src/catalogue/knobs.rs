//! Words: Controls of links and hosts.

words! {
    say_host_set
}

pub(super) const EN: Words =
    Words { say_host_set: "From now on {node} is set so: {settings}. What is not named here is as usual." };

pub(super) const ZH_HANT: Words =
    Words { say_host_set: "從現在起 {node} 的設定是：{settings}。沒有列出的都照常。" };

pub(super) const ZH_HANS: Words =
    Words { say_host_set: "从现在起 {node} 的设置是：{settings}。没有列出的都照常。" };
