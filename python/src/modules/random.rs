//! `_random`: generators of random numbers, and what is drawn from one. Absent: sequences; the prelude draws indexes here.

use crate::context::Context;
use crate::native::{Answer, ModuleTable, Native, Raise};
use crate::object::{NativeObject, Object};
use crate::text::integer::Int;
use crate::text::twister::Twister;
use crate::types::tools;
use crate::value::Value;

pub(crate) const MODULE: ModuleTable = ModuleTable {
    name: "_random",
    functions: &[
        // A generator; without a seed, or with None, the world's chance seeds it.
        Native::function("new(seed=, /)", |cx, args| {
            let twister = seeded(cx, args[0])?;
            Ok(Answer::Value(tools::make(cx, Object::Native(Box::new(twister)))))
        }),
        Native::function("seed(generator, seed=, /)", |cx, args| {
            let fresh = seeded(cx, args[1])?;
            *twister(cx, args)? = fresh;
            tools::nothing()
        }),
        Native::function("copy(generator, /)", |cx, args| {
            let copy = twister(cx, args)?.clone();
            Ok(Answer::Value(tools::make(cx, Object::Native(Box::new(copy)))))
        }),
        Native::function("random(generator, /)", |cx, args| {
            Ok(Answer::Value(Value::Float(twister(cx, args)?.random())))
        }),
        Native::function("getrandbits(generator, k, /)", |cx, args| {
            let bits = tools::size(cx, args, 1)?;
            let Ok(bits) = u64::try_from(bits) else {
                return Err(cx.value_error("number of bits must be non-negative"));
            };
            cx.room(usize::try_from(bits / 8).unwrap_or(usize::MAX))?;
            let drawn = twister(cx, args)?.bits(bits);
            Ok(Answer::Value(cx.make_integer(drawn)))
        }),
        Native::function("below(generator, n, /)", |cx, args| {
            let end = tools::index(cx, args, 1)?;
            let drawn = if end.is_negative() || end.is_zero() { Int::Small(0) } else { twister(cx, args)?.below(&end) };
            Ok(Answer::Value(cx.make_integer(drawn)))
        }),
        // The exchanges of `shuffle`, and the indexes of `sample`, for a sequence of n items.
        Native::function("shuffle(generator, list, /)", |cx, args| {
            let Some(length) = cx.heap.list(args[1]).map(Vec::len) else { return Err(Raise::Slow) };
            let swaps = twister(cx, args)?.shuffle(length);
            if let Some(items) = cx.heap.list_mut(args[1]) {
                swaps.into_iter().for_each(|(i, j)| items.swap(i, j));
            }
            tools::nothing()
        }),
        Native::function("sample(generator, n, k, /)", |cx, args| {
            let (length, count) = (cx.int_of(args[1])?, cx.int_of(args[2])?);
            let (length, count) = (usize::try_from(length).unwrap_or(0), usize::try_from(count).unwrap_or(0));
            cx.room(count.saturating_mul(16))?;
            let places = twister(cx, args)?.sample(length, count.min(length));
            let places = places.into_iter().map(|place| Value::Int(place as i64)).collect();
            Ok(Answer::Value(tools::list(cx, places)))
        }),
        Native::function("gauss(generator, mu, sigma, /)", |cx, args| {
            let (mean, deviation) = (cx.float_at(args, 1)?, cx.float_at(args, 2)?);
            Ok(Answer::Value(Value::Float(twister(cx, args)?.gauss(mean, deviation))))
        }),
    ],
    values: |_| Vec::new(),
};

impl NativeObject for Twister {
    fn clone_box(&self) -> Box<dyn NativeObject> {
        Box::new(self.clone())
    }

    fn as_any(&self) -> &dyn core::any::Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn core::any::Any {
        self
    }
}

fn twister<'a>(cx: &'a mut Context, args: &[Value]) -> Result<&'a mut Twister, Raise> {
    let is = matches!(cx.heap.object(args[0]), Some(Object::Native(native)) if native.as_any().is::<Twister>());
    if !is {
        return Err(cx.type_error("a generator of random numbers was expected"));
    }
    match args[0].object().map(|place| cx.heap.get_mut(place)) {
        Some(Object::Native(native)) => Ok(native.as_any_mut().downcast_mut().expect("it was looked at above")),
        _ => unreachable!("it was looked at above"),
    }
}

fn seeded(cx: &mut Context, seed: Value) -> Result<Twister, Raise> {
    if seed.is_unbound() || seed.is_none() {
        let words = [cx.entropy(), cx.entropy()];
        let key: Vec<u32> = words.iter().flat_map(|word| [*word as u32, (*word >> 32) as u32]).collect();
        return Ok(Twister::with_key(&key));
    }
    if let Some(int) = cx.integer(seed) {
        return Ok(Twister::with_int(&int));
    }
    if let Some(text) = cx.heap.text(seed) {
        return Ok(Twister::with_bytes(text.as_bytes()));
    }
    if let Some(bytes) = cx.heap.bytes_of(seed) {
        return Ok(Twister::with_bytes(bytes));
    }
    match cx.heap.plain(seed) {
        Value::Float(float) => Ok(Twister::with_int(&Int::Small(crate::text::integer::hash_float(float)))),
        _ => Err(cx.type_error("The only supported seed types are: None,\nint, float, str, bytes, and bytearray.")),
    }
}
