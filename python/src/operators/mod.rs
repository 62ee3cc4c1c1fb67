//! What operators, subscripts, loops and texts do with built-in values. Whoever needs a method of the program's is told
//! [`crate::native::Raise::Slow`].

mod arithmetic;
mod compare;
mod iterate;
mod show;
mod subscript;
