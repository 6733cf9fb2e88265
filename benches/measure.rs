//! Wall time of whole processes: each round runs every contestant once, in an order
//! that moves on, so that what drifts (clock rate, neighbours) meets all alike.
//!
//! Standard output goes to /dev/null, and this process stays small: starting a
//! program costs the same little for everybody. A run that fails ends the row.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Error, Result, anyhow, ensure};

/// How often a row is repeated: `most` rounds, fewer when `budget` is over, `least` in any case.
pub struct Rounds {
    pub least: usize,
    pub most: usize,
    pub budget: Duration,
}

impl Rounds {
    pub const FAST: Rounds = Rounds { least: 40, most: 300, budget: Duration::from_secs(20) };
    pub const SLOW: Rounds = Rounds { least: 40, most: 100, budget: Duration::from_secs(15) };
    /// Of hundreds of processes each.
    pub const CROWDS: Rounds = Rounds { least: 3, most: 15, budget: Duration::from_secs(25) };

    fn enough(&self, done: usize, begun: Instant) -> bool {
        let most = at_most().unwrap_or(self.most).min(self.most);
        done >= most || (done >= self.least && begun.elapsed() > self.budget)
    }
}

/// `ROUNDS=N`, at least one.
pub fn at_most() -> Option<usize> {
    static ROUNDS: OnceLock<Option<usize>> = OnceLock::new();
    *ROUNDS.get_or_init(|| {
        std::env::var("ROUNDS").ok().and_then(|number| number.parse().ok()).map(|number: usize| number.max(1))
    })
}

/// One who takes part, and how long it took this time, in seconds.
pub type Contestant<'a> = Box<dyn FnMut() -> Result<f64> + 'a>;

/// Seconds of one contestant, a figure for each round.
/// One failure, told of each row that it concerns.
pub fn same(error: &Error) -> Error {
    anyhow!("{error:#}")
}

#[derive(Clone, Default)]
pub struct Times(pub Vec<f64>);

/// The median, and what nine of ten rounds lie above and below.
#[derive(Clone, Copy)]
pub struct Spread {
    pub median: f64,
    pub p10: f64,
    pub p90: f64,
    pub rounds: usize,
}

impl Times {
    pub fn spread(&self) -> Spread {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        // Nearest rank.
        let at = |percent: usize| sorted[((sorted.len() - 1) * percent + 50) / 100];
        Spread { median: median(&sorted), p10: at(10), p90: at(90), rounds: sorted.len() }
    }

    /// Round by round.
    pub fn over(&self, yardstick: &Times) -> Times {
        Times(self.0.iter().zip(&yardstick.0).map(|(mine, theirs)| mine / theirs).collect())
    }
}

fn median(sorted: &[f64]) -> f64 {
    let half = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { (sorted[half - 1] + sorted[half]) / 2.0 } else { sorted[half] }
}

/// A first round, that fills caches, is not counted.
pub fn interleave(mut contestants: Vec<Contestant>, rounds: &Rounds) -> Result<Vec<Times>> {
    for contestant in &mut contestants {
        contestant()?;
    }
    let number = contestants.len();
    let mut times = vec![Times::default(); number];
    let begun = Instant::now();
    let mut done = 0;
    while !rounds.enough(done, begun) {
        for place in 0..number {
            let who = (place + done) % number;
            times[who].0.push(contestants[who]()?);
        }
        done += 1;
    }
    Ok(times)
}

/// Runs `command` each time it is asked to.
pub fn process<'a>(command: Command) -> Contestant<'a> {
    fed(command, "/dev/null".into())
}

/// The same, with what is in the file on its standard input.
pub fn fed<'a>(command: Command, input: PathBuf) -> Contestant<'a> {
    let mut command = quiet(command);
    Box::new(move || {
        command.stdin(File::open(&input).with_context(|| input.display().to_string())?);
        let begun = Instant::now();
        let status = command.status();
        let seconds = begun.elapsed().as_secs_f64();
        let status = status.with_context(|| format!("`{}`", name(&command)))?;
        ensure!(status.success(), "`{}` failed: {status}", name(&command));
        Ok(seconds)
    })
}

fn quiet(mut command: Command) -> Command {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Without its directory and most of its arguments, which differ from machine to machine.
pub fn name(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy();
    let first = command.get_args().next().map(|word| format!(" {}", word.to_string_lossy()));
    program.chars().chain(first.unwrap_or_default().chars().take(20)).collect()
}

/// `number` processes at once, started from as many threads as there are processors.
/// The seconds until the last one has ended, and how many of them failed.
pub fn crowd(number: usize, command: &(dyn Fn() -> Command + Sync)) -> Result<(f64, usize)> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(number);
    let begun = Instant::now();
    let failed: Result<usize> = thread::scope(|scope| {
        let share = |place: usize| number / threads + usize::from(place < number % threads);
        let parts = (0..threads).map(|place| scope.spawn(move || part(share(place), command)));
        let parts: Vec<_> = parts.collect();
        parts.into_iter().map(|part| part.join().unwrap_or(Err(anyhow!("a thread died")))).sum()
    });
    failed.map(|failed| (begun.elapsed().as_secs_f64(), failed))
}

/// One process of each at once. How many of them failed.
pub fn different(commands: Vec<Command>) -> usize {
    let mut children: Vec<Option<Child>> = commands.into_iter().map(|it| quiet(it).spawn().ok()).collect();
    children.iter_mut().map(|child| child.as_mut().is_some_and(well)).filter(|well| !well).count()
}

fn part(share: usize, command: &(dyn Fn() -> Command + Sync)) -> Result<usize> {
    let mut command = quiet(command());
    let mut children = Vec::with_capacity(share);
    let mut trouble = None;
    for _ in 0..share {
        match command.spawn() {
            Ok(child) => children.push(child),
            Err(error) => {
                trouble = Some(Error::new(error).context(format!("`{}`", name(&command))));
                break;
            }
        }
    }
    // Nobody is left behind, whatever happened.
    let failed = children.iter_mut().map(well).filter(|well| !well).count();
    trouble.map_or(Ok(failed), Err)
}

fn well(child: &mut Child) -> bool {
    child.wait().is_ok_and(|status| status.success())
}
