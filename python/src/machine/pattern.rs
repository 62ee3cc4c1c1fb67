//! What patterns of `match` test.

use super::Machine;
use super::attribute::Found;
use super::frame::After;
use crate::kind::TypeId;
use crate::native::Raise;
use crate::object::Object;
use crate::symbol::Sym;
use crate::value::Value;

impl Machine {
    pub(super) fn match_sequence(&mut self, len: usize, more: bool) {
        let subject = self.pop();
        let matched = match (self.cx.heap.items(subject), self.cx.heap.object(self.cx.heap.plain(subject))) {
            (Some(items), _) => {
                if more {
                    items.len() >= len
                } else {
                    items.len() == len
                }
            }
            (None, Some(Object::Range(range))) => {
                if more {
                    range.len() >= len
                } else {
                    range.len() == len
                }
            }
            _ => false,
        };
        self.t.stack.push(Value::Bool(matched));
    }

    pub(super) fn match_mapping(&mut self, len: usize) {
        let subject = self.pop();
        let matched = self.cx.heap.dict(subject).is_some_and(|dict| dict.len() >= len);
        self.t.stack.push(Value::Bool(matched));
    }

    /// `subject keys` → the values, or None.
    pub(super) fn match_keys(&mut self) -> Result<(), Raise> {
        let keys = self.pop();
        let subject = self.pop();
        let mut values = Vec::new();
        for key in self.cx.items_of(keys)? {
            match self.cx.dict_get(subject, key)? {
                Some(value) => values.push(value),
                None => {
                    self.t.stack.push(Value::None);
                    return Ok(());
                }
            }
        }
        let values = self.cx.make_tuple(values);
        self.t.stack.push(values);
        Ok(())
    }

    /// `subject keys` → a dict of the others.
    pub(super) fn match_rest(&mut self) -> Result<(), Raise> {
        let keys = self.pop();
        let subject = self.pop();
        let entries: Vec<_> = self
            .cx
            .heap
            .dict(subject)
            .map(|d| d.entries(0).map(|(_, e)| (e.key, e.value)).collect())
            .unwrap_or_default();
        let rest = self.cx.make_dict(entries)?;
        for key in self.cx.items_of(keys)? {
            self.cx.dict_remove(rest, key)?;
        }
        self.t.stack.push(rest);
        Ok(())
    }

    /// `subject class names` → the values, or None.
    pub(super) fn match_class(&mut self, by_place: usize) -> Result<(), Raise> {
        let names = self.pop();
        let class = self.pop();
        let subject = self.pop();
        if !self.cx.heap.is_class(class) {
            return Err(self.cx.type_error("called match pattern must be a class"));
        }
        if !self.cx.heap.derives(self.cx.heap.class_of(subject), class) {
            self.t.stack.push(Value::None);
            return Ok(());
        }
        let mut wanted = Vec::new();
        let native = self.cx.heap.native_of(class);
        let whole = by_place == 1 && self.cx.heap.lookup(class, Sym::MATCH_ARGS).is_none() && native != TypeId::OBJECT;
        if by_place > 0 && !whole {
            let args = self
                .cx
                .heap
                .lookup(class, Sym::MATCH_ARGS)
                .and_then(|args| self.cx.heap.items(args))
                .map(<[Value]>::to_vec);
            let args = args.unwrap_or_default();
            if args.len() < by_place {
                let plural = if args.len() == 1 { "" } else { "s" };
                let text = format!(
                    "{}() accepts {} positional sub-pattern{plural} ({by_place} given)",
                    self.cx.heap.class_name(class),
                    args.len()
                );
                return Err(self.cx.type_error(text));
            }
            wanted.extend_from_slice(&args[..by_place]);
        }
        wanted.extend(self.cx.items_of(names)?);
        let mut values = if whole { vec![subject] } else { Vec::new() };
        for name in wanted {
            let text = self.cx.text_of(name)?;
            let sym = self.cx.sym(&text);
            match self.find_attribute(subject, sym) {
                Found::Value(value) => values.push(value),
                Found::Nothing => {
                    self.t.stack.push(Value::None);
                    return Ok(());
                }
                Found::Method { function, this } => values.push(self.cx.make(Object::BoundMethod { function, this })),
                Found::Call { .. } => {
                    // A property among them: the prelude asks for all.
                    let ask = self.prelude_named("_match_attributes");
                    return self.call(ask, &[subject, names], After::Push);
                }
            }
        }
        let values = self.cx.make_tuple(values);
        self.t.stack.push(values);
        Ok(())
    }
}
