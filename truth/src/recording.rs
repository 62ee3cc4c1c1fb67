//! A recording as its files tell it: what was set up, which calls were made, which frames were seen where, and what became
//! of each frame on its link.
//!
//! Absent on purpose: any interpretation of calls ([`crate::call`]) and of set-up commands ([`crate::setup`]), and the lists that
//! packet analysers made of the captures (they hold nothing that the captures do not).

use std::fs;
use std::path::Path;

use pcap_file::pcap::PcapReader;
use serde_json::Value;

use crate::Problem;

/// Nanoseconds since the time zero of a recording. Frames of an interface that comes up may be before it.
pub type Nanos = i64;

/// Times are within a day of time zero.
const LONGEST: Nanos = 86_400_000_000_000;

/// One recording.
#[derive(Clone, Debug)]
pub struct Recording {
    /// Its name: that of its folder.
    pub name: String,
    /// The links' parameters, as `linkemu` was given them.
    pub link: String,
    /// The commands that set the hosts up.
    pub commands: Vec<String>,
    /// The calls, in order of their return.
    pub events: Vec<Event>,
    /// What was seen at each interface.
    pub captures: Vec<Capture>,
    /// The fates of the frames of each link, in order.
    pub fates: Vec<Vec<Fate>>,
}

/// A call that a program made.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it returned.
    pub at: Nanos,
    /// Which process: `C` runs on A, `S` on B.
    pub process: String,
    /// The call, as the recording names it.
    pub call: String,
    /// Its result.
    pub result: String,
}

/// The frames that were seen at an interface.
#[derive(Clone, Debug)]
pub struct Capture {
    /// The file's name without its ending: `a`, `b`, `r0`, `r1`.
    pub point: String,
    /// When each was seen, and its bytes.
    pub frames: Vec<(Nanos, Vec<u8>)>,
}

/// What a link did with a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fate {
    /// From the link's first end to its second.
    pub forth: bool,
    /// What became of it.
    pub end: End,
}

/// How a frame's way ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It arrived.
    Delivered,
    /// A rule or chance took it on its way.
    Lost,
    /// The queue before the link was full.
    QueueFull,
}

impl Recording {
    /// Reads the files of one recording.
    pub fn load(folder: &Path) -> Result<Recording, Problem> {
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = folder.join("exchange.json");
        let text =
            fs::read_to_string(&file).map_err(|error| Problem::new(&file, format!("it cannot be read: {error}")))?;
        let json: Value =
            serde_json::from_str(&text).map_err(|error| Problem::new(&file, format!("it is no JSON: {error}")))?;
        let t0 =
            json["t0"].as_f64().ok_or_else(|| Problem::new(&file, "t0 is missing: give the time of zero".into()))?;
        let link = json["link"].as_str().unwrap_or_default().to_owned();
        let commands = json["commands"].as_array().map(Vec::as_slice).unwrap_or_default();
        let commands = commands.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let events = json["events"].as_array().map(Vec::as_slice).unwrap_or_default();
        let events: Vec<Event> = events
            .iter()
            .map(|event| {
                Event::read(event)
                    .ok_or_else(|| Problem::new(&file, format!("{event} is no event: [time, process, call, result]")))
            })
            .collect::<Result<_, _>>()?;
        let origin = Origin::new(t0);
        if let Some(event) = events.iter().find(|event: &&Event| event.at.abs() > LONGEST) {
            return Err(Problem::new(
                &file,
                format!("`{}` is more than a day from time zero: correct its time", event.call),
            ));
        }
        let mut captures = Vec::new();
        let mut fates = Vec::new();
        for path in sorted_files(folder)? {
            match path.extension().and_then(|ending| ending.to_str()) {
                Some("pcap") => captures.push(Capture::load(&path, origin)?),
                Some("csv") => fates.push(load_fates(&path)?),
                _ => {}
            }
        }
        Ok(Recording { name, link, commands, events, captures, fates })
    }
}

/// The time zero, in whole seconds and nanoseconds: a float holds a time of day to the microsecond only as a sum.
#[derive(Clone, Copy, Debug)]
struct Origin(i128);

impl Origin {
    fn new(seconds: f64) -> Origin {
        // The recorder wrote tenths of a microsecond.
        Origin(((seconds * 1e7).round() as i128).saturating_mul(100))
    }

    fn since(self, nanos: u128) -> Nanos {
        let difference = i128::try_from(nanos).unwrap_or(i128::MAX).saturating_sub(self.0);
        i64::try_from(difference).unwrap_or(i64::MAX)
    }
}

fn sorted_files(folder: &Path) -> Result<Vec<std::path::PathBuf>, Problem> {
    let entries = fs::read_dir(folder).map_err(|error| Problem::new(folder, format!("it cannot be read: {error}")))?;
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    Ok(paths)
}

/// Seconds as the recorder wrote them.
fn nanos(seconds: f64) -> Nanos {
    (seconds * 1e9).round() as i64
}

impl Event {
    fn read(event: &Value) -> Option<Event> {
        let text = |index: usize| Some(event.get(index)?.as_str()?.to_owned());
        Some(Event { at: nanos(event.get(0)?.as_f64()?), process: text(1)?, call: text(2)?, result: text(3)? })
    }
}

impl Capture {
    fn load(path: &Path, origin: Origin) -> Result<Capture, Problem> {
        let unreadable = |error: &dyn std::fmt::Display| Problem::new(path, format!("it is no capture: {error}"));
        let file = fs::File::open(path).map_err(|error| unreadable(&error))?;
        let mut reader = PcapReader::new(std::io::BufReader::new(file)).map_err(|error| unreadable(&error))?;
        let mut frames = Vec::new();
        while let Some(packet) = reader.next_packet() {
            let packet = packet.map_err(|error| unreadable(&error))?;
            if packet.len() != packet.orig_len() {
                return Err(Problem::new(path, format!("frame {} is cut: capture whole frames", frames.len() + 1)));
            }
            let at = origin.since(packet.timestamp().as_nanos());
            if at.abs() > LONGEST {
                let what = format!("frame {} is more than a day from t0: correct t0", frames.len() + 1);
                return Err(Problem::new(path, what));
            }
            frames.push((at, packet.into_data().into_owned()));
        }
        let point = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Capture { point, frames })
    }
}

fn load_fates(path: &Path) -> Result<Vec<Fate>, Problem> {
    let text = fs::read_to_string(path).map_err(|error| Problem::new(path, format!("it cannot be read: {error}")))?;
    let mut fates = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let [_, direction, fate, ..] = fields[..] else {
            return Err(Problem::new(path, format!("`{line}` is no fate: time,direction,fate,length")));
        };
        let forth = match direction {
            "AB" => true,
            "BA" => false,
            other => return Err(Problem::new(path, format!("direction `{other}` is unknown: AB or BA"))),
        };
        let end = match fate {
            "deliver" => End::Delivered,
            "scripted" | "loss" | "drop" | "lost" => End::Lost,
            "qdrop" | "queue" => End::QueueFull,
            other => {
                return Err(Problem::new(path, format!("fate `{other}` is unknown: deliver, scripted, loss or qdrop")));
            }
        };
        fates.push(Fate { forth, end });
    }
    Ok(fates)
}
