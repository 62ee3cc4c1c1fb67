//! Calls on plain files, and on the standard streams.
//!
//! Absent on purpose: the files themselves ([`crate::host`] has them).

use crate::errno::Errno;
use crate::host::{Descriptors, File, Host};
use crate::program::{Call, OpenFlags};
use crate::trace::Value;

use super::call::Outcome;

impl Host {
    pub(super) fn open_file(
        &mut self,
        path: &str,
        flags: OpenFlags,
        descriptors: &mut Descriptors,
    ) -> Result<Value, Errno> {
        descriptors.check_room()?;
        let file = self.files.open(path, flags)?;
        Ok(Value::Descriptor(descriptors.add(File::Open(file))?))
    }

    /// A call on the descriptor of a file: it never blocks.
    pub(super) fn call_on_file(&mut self, fd: u32, descriptors: &mut Descriptors, call: &Call) -> Outcome {
        let Some(File::Open(file)) = descriptors.get_mut(fd) else { return Err(Errno::EBADF) };
        match call {
            Call::Read(_, max) => Ok(Some(Value::Bytes(self.files.read(file, *max)?))),
            Call::Write(_, bytes) => Ok(Some(Value::Number(self.files.write(file, bytes)?))),
            Call::Close(_) => {
                self.files.close(file);
                descriptors.remove(fd);
                Ok(Some(Value::None))
            }
            // O_NONBLOCK may be set, and changes nothing.
            Call::SetNonBlocking(..) => Ok(Some(Value::None)),
            Call::InQueue(_) | Call::OutQueue(_) => Err(Errno::ENOTTY),
            _ => Err(Errno::ENOTSOCK),
        }
    }
}

/// A call on a standard stream. What is written there is the process's own matter.
pub(super) fn call_on_terminal(fd: u32, descriptors: &mut Descriptors, call: &Call) -> Outcome {
    match (call, descriptors.get_mut(fd)) {
        (Call::Read(_, max), Some(File::Typed(typed))) => match typed.read(*max) {
            Some(bytes) => Ok(Some(Value::Bytes(bytes.into()))),
            None if typed.non_blocking => Err(Errno::EAGAIN),
            None => Ok(None),
        },
        (Call::Read(..) | Call::Write(..), _) => Err(Errno::EBADF),
        (Call::Close(_), _) => {
            descriptors.remove(fd);
            Ok(Some(Value::None))
        }
        (Call::SetNonBlocking(_, on), Some(File::Typed(typed))) => {
            typed.non_blocking = *on;
            Ok(Some(Value::None))
        }
        (Call::SetNonBlocking(..), _) => Ok(Some(Value::None)),
        (Call::InQueue(_) | Call::OutQueue(_), _) => Err(Errno::ENOTTY),
        _ => Err(Errno::ENOTSOCK),
    }
}
