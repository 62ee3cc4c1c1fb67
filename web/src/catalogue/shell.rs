//! Words: the page around its views.

words! {
    pane_choice pane_ladder pane_table pane_bytes pane_states pane_ruler pane_plots pane_hosts pane_controls pane_text pane_compare
}

pub(super) const EN: Words = Words {
    pane_choice: "What this pane shows",
    pane_ladder: "Ladder",
    pane_table: "Events",
    pane_bytes: "Bytes and fields",
    pane_states: "TCP states",
    pane_ruler: "Sequence numbers",
    pane_plots: "Plots",
    pane_hosts: "Tables of a host",
    pane_controls: "Controls",
    pane_text: "Network as text",
    pane_compare: "Two futures",
};

pub(super) const ZH_HANT: Words = Words {
    pane_choice: "這一格顯示什麼",
    pane_ladder: "時序圖",
    pane_table: "事件",
    pane_bytes: "位元組與欄位",
    pane_states: "TCP 狀態",
    pane_ruler: "序號尺",
    pane_plots: "曲線圖",
    pane_hosts: "主機的表",
    pane_controls: "控制",
    pane_text: "網路的文字",
    pane_compare: "兩個未來",
};

pub(super) const ZH_HANS: Words = Words {
    pane_choice: "这一格显示什么",
    pane_ladder: "时序图",
    pane_table: "事件",
    pane_bytes: "字节与字段",
    pane_states: "TCP 状态",
    pane_ruler: "序号尺",
    pane_plots: "曲线图",
    pane_hosts: "主机的表",
    pane_controls: "控制",
    pane_text: "网络的文本",
    pane_compare: "两个未来",
};
