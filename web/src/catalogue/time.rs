//! Words: time as a place: loops, kinds of events, futures that branch.

words! {
    refused_real refused_captured refused_no_input refused_frame_gone refused_input refused_scenario
}

pub(super) const EN: Words = Words {
    refused_real: "A real machine takes part in this run and has acted already, so the past cannot be changed: go to the newest moment, or choose the simulated server.",
    refused_captured: "This is a recording: it can be watched, but nothing runs in it that could be changed.",
    refused_no_input: "That did not go into this run, so nothing can take its place: send it anew.",
    refused_frame_gone: "That frame is on no link at this moment: go to a moment at which it is on its way.",
    refused_input: "That cannot be at this moment: {why}.",
    refused_scenario: "The network cannot be so: {why}.",
};

pub(super) const ZH_HANT: Words = Words {
    refused_real: "這次執行有真實的機器參與，而且它已經動作了，所以不能改變過去：請移到最新的時刻，或選擇模擬的伺服器。",
    refused_captured: "這是一份錄下來的紀錄：可以觀看，但裡面沒有東西在執行，無法改變。",
    refused_no_input: "這次執行沒有放進過這個，所以無從取代：請重新送出。",
    refused_frame_gone: "這個訊框此刻不在任何鏈路上：請移到它還在途中的時刻。",
    refused_input: "此刻不能這樣做：{why}。",
    refused_scenario: "網路不能是這樣：{why}。",
};

pub(super) const ZH_HANS: Words = Words {
    refused_real: "这次运行有真实的机器参与，而且它已经行动了，所以不能改变过去：请移到最新的时刻，或选择模拟的服务器。",
    refused_captured: "这是一份录下来的记录：可以观看，但里面没有东西在运行，无法改变。",
    refused_no_input: "这次运行没有放进过这个，所以无从替换：请重新发送。",
    refused_frame_gone: "这个帧此刻不在任何链路上：请移到它还在途中的时刻。",
    refused_input: "此刻不能这样做：{why}。",
    refused_scenario: "网络不能是这样：{why}。",
};
