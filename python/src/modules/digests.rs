//! `_hashlib`: digests of bytes. Absent: hash objects, which keep their bytes in the prelude.

use crate::native::{Answer, ModuleTable, Native};
use crate::text::digest;
use crate::types::tools;
use crate::value::Value;

pub(crate) const MODULE: ModuleTable = ModuleTable {
    name: "_hashlib",
    functions: &[
        Native::function("digest(name, data, /)", |cx, args| {
            let name = tools::want_text(cx, args[0], "name must be a string, not ")?;
            let bytes = match cx.heap.bytes_of(args[1]) {
                Some(bytes) => bytes.to_vec(),
                None if cx.heap.text(args[1]).is_some() => {
                    return Err(cx.type_error("Strings must be encoded before hashing"));
                }
                None => return Err(cx.type_error("object supporting the buffer API required")),
            };
            match digest::find(&name) {
                Some(algorithm) => {
                    let digest = (algorithm.digest)(&bytes);
                    cx.answer_bytes(&digest)
                }
                None => Err(cx.value_error(format!("unsupported hash type {name}"))),
            }
        }),
        Native::function("sizes(name, /)", |cx, args| {
            let name = tools::want_text(cx, args[0], "name must be a string, not ")?;
            match digest::find(&name) {
                Some(algorithm) => {
                    let sizes = [algorithm.size, algorithm.block].map(|size| Value::Int(size as i64));
                    Ok(Answer::Value(tools::tuple(cx, &sizes)))
                }
                None => Err(cx.value_error(format!("unsupported hash type {name}"))),
            }
        }),
    ],
    values: |_| Vec::new(),
};
