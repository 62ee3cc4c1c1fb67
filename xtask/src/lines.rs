//! `cargo xtask lines`: how long things are, by crate, file and function.
//!
//! A code line holds at least one token: blank lines and comments do not count, tests do. Absent: limits. The one that
//! is enforced (of a file) is a rule of `cargo xtask tidy`.

use anyhow::Result;

use crate::source::{code_lines, functions, read_files, tokens};
use crate::workspace::Workspace;

/// How many of the longest are listed.
const LISTED: usize = 10;

/// Prints the counts.
pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let mut files: Vec<(usize, String)> = Vec::new();
    let mut bodies: Vec<(usize, String)> = Vec::new();
    for (path, text) in read_files(&workspace.root)? {
        let Some(tokens) = path.ends_with(".rs").then(|| tokens(&text)).flatten() else {
            continue;
        };
        let code = code_lines(&tokens);
        files.push((code.len(), path.clone()));
        for function in functions(&tokens) {
            let length = code.range(function.first_line..=function.last_line).count();
            bodies.push((length, format!("{path}:{} {}", function.first_line, function.name)));
        }
    }
    println!("{:<32} {:>6} {:>7} {:>7} {:>7}", "crate", "files", "lines", "median", "p90");
    for member in &workspace.members {
        let lengths = files.iter().filter(|(_, path)| owner(workspace, path) == member.name);
        print_row(&member.name, lengths.map(|(length, _)| *length).collect());
    }
    print_row("all files", files.iter().map(|(length, _)| *length).collect());
    print_row("all functions", bodies.iter().map(|(length, _)| *length).collect());
    print_longest("longest files", files);
    print_longest("longest functions", bodies);
    Ok(())
}

/// The member whose folder is the innermost one around a file.
fn owner<'a>(workspace: &'a Workspace, path: &str) -> &'a str {
    let around = workspace.members.iter().filter(|member| std::path::Path::new(path).starts_with(&member.folder));
    around.max_by_key(|member| member.folder.as_os_str().len()).map_or("", |member| &member.name)
}

fn print_row(name: &str, mut lengths: Vec<usize>) {
    lengths.sort_unstable();
    let sum: usize = lengths.iter().sum();
    let (median, p90) = (percentile(&lengths, 50), percentile(&lengths, 90));
    println!("{name:<32} {:>6} {sum:>7} {median:>7} {p90:>7}", lengths.len());
}

/// The smallest length that `percent` of the sorted `lengths` do not exceed.
fn percentile(lengths: &[usize], percent: usize) -> usize {
    let rank = (lengths.len() * percent).div_ceil(100);
    lengths.get(rank.saturating_sub(1)).copied().unwrap_or(0)
}

fn print_longest(title: &str, mut lengths: Vec<(usize, String)>) {
    lengths.sort_by(|a, b| b.cmp(a));
    println!("\n{title}");
    for (length, name) in lengths.iter().take(LISTED) {
        println!("{length:>7}  {name}");
    }
}

#[cfg(test)]
mod tests {
    use super::percentile;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        assert_eq!(percentile(&[], 50), 0);
        assert_eq!(percentile(&[7], 90), 7);
        assert_eq!(percentile(&[1, 2, 3, 4], 50), 2);
        assert_eq!(percentile(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 90), 9);
    }
}
