//! What errors of system calls say, in the learner's language.
//!
//! English is what `strerror` says, so that it is found elsewhere. Absent on purpose: what an error means for a program and what to do
//! (narration and notices tell that of those that learners meet).

use sim_core::errno::Errno;

use super::Language;

/// What an error says.
pub fn says(language: Language, errno: Errno) -> &'static str {
    match language {
        Language::English => errno.message(),
        Language::TraditionalChinese => chinese(errno)[0],
        Language::SimplifiedChinese => chinese(errno)[1],
    }
}

fn chinese(errno: Errno) -> [&'static str; 2] {
    match errno {
        Errno::EPERM => ["不允許這個操作", "不允许这个操作"],
        Errno::ENOENT => ["沒有這個檔案或資料夾", "没有这个文件或文件夹"],
        Errno::EINTR => ["系統呼叫被打斷", "系统调用被打断"],
        Errno::EIO => ["輸入輸出錯誤", "输入输出错误"],
        Errno::ENXIO => ["沒有這個裝置或位址", "没有这个设备或地址"],
        Errno::ESRCH => ["沒有這個行程", "没有这个进程"],
        Errno::EBADF => ["檔案描述子無效", "文件描述符无效"],
        Errno::EAGAIN => ["現在還不行，請再試", "现在还不行，请再试"],
        Errno::ENOMEM => ["記憶體不足", "内存不足"],
        Errno::EACCES => ["沒有權限", "没有权限"],
        Errno::EEXIST => ["檔案已經存在", "文件已经存在"],
        Errno::ENODEV => ["沒有這個裝置", "没有这个设备"],
        Errno::ENOTDIR => ["不是資料夾", "不是文件夹"],
        Errno::EISDIR => ["是資料夾", "是文件夹"],
        Errno::EINVAL => ["參數無效", "参数无效"],
        Errno::ENFILE => ["系統開啟的檔案太多", "系统打开的文件太多"],
        Errno::EMFILE => ["行程開啟的檔案太多", "进程打开的文件太多"],
        Errno::ENOTTY => ["這個描述子不支援這種 ioctl", "这个描述符不支持这种 ioctl"],
        Errno::EFBIG => ["檔案太大", "文件太大"],
        Errno::ENOSPC => ["裝置沒有空間了", "设备没有空间了"],
        Errno::ESPIPE => ["不能在這裡移動位置", "不能在这里移动位置"],
        Errno::EPIPE => ["另一端已經不收了", "另一端已经不收了"],
        Errno::EDOM => ["數值超出範圍", "数值超出范围"],
        Errno::ENAMETOOLONG => ["檔名太長", "文件名太长"],
        Errno::ENOSYS => ["沒有這個系統呼叫", "没有这个系统调用"],
        Errno::EPROTO => ["協定錯誤", "协议错误"],
        Errno::ENOTSOCK => ["這個描述子不是通訊端", "这个描述符不是套接字"],
        Errno::EDESTADDRREQ => ["沒有說要送給誰", "没有说要发给谁"],
        Errno::EMSGSIZE => ["訊息太長", "消息太长"],
        Errno::EPROTOTYPE => ["這種通訊端不能用這個協定", "这种套接字不能用这个协议"],
        Errno::ENOPROTOOPT => ["協定沒有這個選項", "协议没有这个选项"],
        Errno::EPROTONOSUPPORT => ["不支援這個協定", "不支持这个协议"],
        Errno::ESOCKTNOSUPPORT => ["不支援這種通訊端", "不支持这种套接字"],
        Errno::EOPNOTSUPP => ["不支援這個操作", "不支持这个操作"],
        Errno::EAFNOSUPPORT => ["協定不支援這種位址", "协议不支持这种地址"],
        Errno::EADDRINUSE => ["位址已經被使用", "地址已经被占用"],
        Errno::EADDRNOTAVAIL => ["這台電腦沒有這個位址可用", "这台电脑没有这个地址可用"],
        Errno::ENETDOWN => ["網路停用中", "网络已停用"],
        Errno::ENETUNREACH => ["到不了那個網路", "到不了那个网络"],
        Errno::ENETRESET => ["網路重設，連線中斷", "网络重置，连接中断"],
        Errno::ECONNABORTED => ["連線被這台電腦中止", "连接被这台电脑中止"],
        Errno::ECONNRESET => ["連線被對方重設", "连接被对方重置"],
        Errno::ENOBUFS => ["沒有緩衝區可用", "没有缓冲区可用"],
        Errno::EISCONN => ["通訊端已經連線", "套接字已经连接"],
        Errno::ENOTCONN => ["通訊端沒有連線", "套接字没有连接"],
        Errno::ETIMEDOUT => ["連線逾時", "连接超时"],
        Errno::ECONNREFUSED => ["連線被拒絕", "连接被拒绝"],
        Errno::EHOSTDOWN => ["那台主機沒有開", "那台主机没有开"],
        Errno::EHOSTUNREACH => ["到不了那台主機", "到不了那台主机"],
        Errno::EALREADY => ["先前的操作還在進行", "先前的操作还在进行"],
        Errno::EINPROGRESS => ["操作正在進行", "操作正在进行"],
    }
}
