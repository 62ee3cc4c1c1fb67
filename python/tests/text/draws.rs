//! The random numbers of the module `random`.

use crate::agree;
use python::text::integer::Int;
use python::text::number;
use python::text::twister::Twister;

fn list(numbers: &[usize]) -> String {
    format!("[{}]", numbers.iter().map(usize::to_string).collect::<Vec<_>>().join(", "))
}

#[test]
fn numbers_are_drawn_as_in_cpython() {
    let mut cases = Vec::new();
    let mut seeds: Vec<(String, Twister)> = Vec::new();
    for seed in [0i64, 1, 42, -42, 1 << 32, i64::MAX] {
        seeds.push((seed.to_string(), Twister::with_int(&Int::Small(seed))));
    }
    let big = Int::from(Int::Small(i64::MAX).big().pow(90));
    seeds.push((big.big().to_string(), Twister::with_int(&big)));
    for text in ["", "a", "hello", "中文"] {
        seeds.push((format!("'{text}'"), Twister::with_bytes(text.as_bytes())));
    }
    for (seed, mut ours) in seeds {
        let mut case = |expression: &str, ours: String| cases.push((expression.to_owned(), ours));
        case(&format!("random.seed({seed})"), "None".to_owned());
        for _ in 0..700 {
            case("random.random()", number::float_text(ours.random()));
        }
        for bits in [0, 1, 8, 31, 32, 33, 64, 65, 200] {
            case(&format!("random.getrandbits({bits})"), ours.bits(bits).big().to_string());
        }
        for end in [1i64, 2, 6, 100, 1 << 40] {
            case(&format!("random.randrange({end})"), ours.below(&Int::Small(end)).big().to_string());
            case(&format!("random.randint(5, {})", end + 4), (ours.below(&Int::Small(end)).clamped() + 5).to_string());
        }
        case("random.choice(range(17))", ours.index(17).to_string());
        let mut shuffled: Vec<usize> = (0..30).collect();
        for (i, j) in ours.shuffle(30) {
            shuffled.swap(i, j);
        }
        case("(lambda x: (random.shuffle(x), x)[1])(list(range(30)))", list(&shuffled));
        for (length, count) in [(10, 3), (10, 10), (100, 5), (1000, 30), (1000, 6), (30, 0)] {
            case(&format!("random.sample(range({length}), {count})"), list(&ours.sample(length, count)));
        }
        let chosen: Vec<usize> = (0..20).map(|_| ours.choose(9)).collect();
        case("random.choices(range(9), k=20)", list(&chosen));
        for _ in 0..5 {
            case("random.gauss(1, 2)", number::float_text(ours.gauss(1.0, 2.0)));
        }
        case("random.uniform(2, 5)", number::float_text(2.0 + 3.0 * ours.random()));
    }
    agree(&cases);
}
