//! Functions of nested loops, branches, `try` in all its forms, `with`, generators: where does control go?

use super::Random;

struct Writer<'a> {
    random: &'a mut Random,
    text: String,
    marks: usize,
}

impl Writer<'_> {
    fn line(&mut self, depth: usize, line: &str) {
        self.text += &format!("{}{line}\n", "    ".repeat(depth));
    }

    fn mark(&mut self, depth: usize) {
        self.marks += 1;
        let mark = self.marks;
        self.line(depth, &format!("print({mark}, end=' ')"));
    }

    fn block(&mut self, depth: usize, in_loop: bool, left: usize) {
        self.mark(depth);
        for _ in 0..self.random.below(3) {
            self.statement(depth, in_loop, left);
        }
    }

    fn statement(&mut self, depth: usize, in_loop: bool, left: usize) {
        let kind = if left == 0 { 9 + self.random.below(7) } else { self.random.below(16) };
        match kind {
            0 | 1 => self.branch(depth, in_loop, left),
            2 | 3 => self.repeat(depth, left),
            4..=6 => self.attempt(depth, in_loop, left),
            7 => {
                let swallow = self.random.pick(&["True", "False"]);
                self.line(depth, &format!("with Guard({swallow}):"));
                self.block(depth + 1, in_loop, left - 1);
            }
            8 => {
                self.line(depth, "for v in values(n):");
                self.block(depth + 1, true, left - 1);
            }
            9 if in_loop => self.jump(depth, "break"),
            10 if in_loop => self.jump(depth, "continue"),
            11 => self.jump(depth, "return n"),
            12 => {
                let error = self.random.pick(&["ValueError(n)", "KeyError('k')", "TypeError", "Custom(n, 2)"]);
                self.jump(depth, &format!("raise {error}"));
            }
            13 => self.line(depth, "n += 1"),
            14 => self.line(depth, "n = [n, 0][n > 3]"),
            _ => self.line(depth, "10 // (n % 4)"),
        }
    }

    fn jump(&mut self, depth: usize, statement: &str) {
        let when = self.random.between(0, 3);
        self.line(depth, &format!("if n % 4 == {when}:"));
        self.line(depth + 1, statement);
    }

    fn branch(&mut self, depth: usize, in_loop: bool, left: usize) {
        let condition = self.random.pick(&["n > 2", "n % 2", "not n", "1 < n < 4", "n in (0, 3)"]);
        self.line(depth, &format!("if {condition}:"));
        self.block(depth + 1, in_loop, left - 1);
        if self.random.once_in(2) {
            self.line(depth, "else:");
            self.block(depth + 1, in_loop, left - 1);
        }
    }

    fn repeat(&mut self, depth: usize, left: usize) {
        let times = self.random.between(0, 3);
        self.line(depth, &format!("for i in range({times}):"));
        self.block(depth + 1, true, left - 1);
        if self.random.once_in(3) {
            self.line(depth, "else:");
            self.block(depth + 1, false, left - 1);
        }
    }

    fn attempt(&mut self, depth: usize, in_loop: bool, left: usize) {
        self.line(depth, "try:");
        self.block(depth + 1, in_loop, left - 1);
        let handlers = self.random.below(3);
        for handler in ["except ValueError as e:", "except (KeyError, Custom) as e:"].iter().take(handlers) {
            self.line(depth, handler);
            self.line(depth + 1, "print(repr(e), repr(e.__context__), end=' ')");
            self.block(depth + 1, in_loop, left - 1);
            if self.random.once_in(4) {
                let again = self.random.pick(&["raise", "raise TypeError('again')", "raise KeyError(1) from e"]);
                self.line(depth + 1, again);
            }
        }
        if handlers > 0 && self.random.once_in(3) {
            self.line(depth, "else:");
            self.block(depth + 1, in_loop, left - 1);
        }
        if handlers == 0 || self.random.once_in(2) {
            self.line(depth, "finally:");
            self.block(depth + 1, in_loop, left - 1);
        }
    }
}

const HEAD: &str = "class Custom(Exception):
    pass
class Guard:
    def __init__(self, swallow): self.swallow = swallow
    def __enter__(self): print('in', end=' ')
    def __exit__(self, kind, value, trace):
        print('out', kind and kind.__name__, end=' ')
        return self.swallow
def values(n):
    for i in range(n % 3):
        yield i
    print('all', end=' ')
";

/// A function that is called with some numbers; the last call's error ends the program.
pub(super) fn program(random: &mut Random) -> String {
    let is_generator = random.once_in(3);
    let mut writer = Writer { random, text: HEAD.to_owned(), marks: 0 };
    writer.line(0, "def f(n):");
    for _ in 0..3 {
        writer.block(1, false, 3);
        if is_generator {
            writer.line(1, "yield n");
        }
    }
    let call = if is_generator { "list(f(n))" } else { "f(n)" };
    writer.text += &format!(
        "for n in range(6):\n    try:\n        print('->', {call})\n    except Exception as e:\n        \
         print('!', repr(e), repr(e.__context__), repr(e.__cause__))\nn = 3\nprint({call})\n"
    );
    writer.text
}
