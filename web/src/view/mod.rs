//! Pictures and words as functions of (model, time): each view reads the model and gives a value to be shown.
//!
//! Absent on purpose: state, and the browser. A view never changes the model, and every picture can be made and tested natively.

pub mod bytes;
pub mod causes;
pub mod compare;
pub mod connection;
mod describe;
pub mod editor;
pub mod frame;
pub mod hosts;
pub mod kernel;
pub mod knobs;
pub mod ladder;
pub mod layout;
pub mod measure;
pub mod narration;
pub mod notice;
pub mod plots;
pub mod ruler;
pub mod scene;
pub mod share;
pub mod stack;
pub mod stage;
pub mod states;
pub mod svg;
pub mod table;
pub mod theme;
pub mod transport;
