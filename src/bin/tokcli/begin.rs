//! Where the small program begins: before the C library does.
//!
//! A C library that starts asks the processor what it can do, some forty times, and in a virtual machine each question takes as
//! long as a hundred system calls. A warm call needs none of the answers. So it is tried first, in memory that was set aside for
//! it. What no cache ever answers is handed over to the engine at once. Unless one of them ends the process, the C library starts as
//! always, and `main` after it.
//!
//! The rule that matters: before the C library has started, what an attempt finds is right or it ends. What the C library chooses by
//! the processor, such as most functions for strings, is not there yet, except for the few that are written here; other parts of
//! it read what nobody has written yet. A call of the one, a fault in the other, or too little memory ends the attempt, and the
//! program starts once more without it. Nothing is printed until the attempt needs nobody any more.

#![expect(unsafe_code, reason = "this is the door")]

mod arena;
#[cfg(any(tokcli_instead, all(test, target_env = "gnu")))]
mod instead;
mod place;
mod strings;
mod system;

use std::arch::global_asm;
use std::ffi::{CStr, OsStr, c_char};
use std::os::unix::ffi::OsStrExt as _;
use std::ptr::null;
use std::slice;
use std::sync::atomic::{AtomicUsize, Ordering};

use system::Written;
use tokcli::AtHand;

// What the kernel jumps to, with the stack as it made it: the number of words, the words, the environment, and what it tells of
// itself. The C library finds that, and the registers that count, as they were.
//
// First the addresses in the program are put right. That is in assembly because what a compiler makes may need them itself. The C
// library will do the same once more, except for the packed ones, which would come out wrong: of these it is told that there are
// none. Where there is something that only the C library can do, or another library, there is no attempt.
global_asm!(
    ".globl tokcli_begin",
    ".type tokcli_begin, @function",
    "tokcli_begin:",
    "xor ebp, ebp",
    "mov r12, rsp",
    "mov rbx, rdx",
    // The tables of addresses, by the dynamic section: where each begins, and how long it is. `r8` and `r9`, `r10` and `r11`, and
    // of the packed one `r14`, and where it is said how long it is: `r15`.
    "lea rdi, [rip + __ehdr_start]",
    "lea rsi, [rip + _DYNAMIC]",
    "xor r8d, r8d",
    "xor r9d, r9d",
    "xor r10d, r10d",
    "xor r11d, r11d",
    "xor r14d, r14d",
    "2:",
    "mov rax, [rsi]",
    "mov rdx, [rsi + 8]",
    "add rsi, 16",
    "cmp rax, {rela}",
    "cmove r8, rdx",
    "cmp rax, {rela_size}",
    "cmove r9, rdx",
    "cmp rax, {jumps}",
    "cmove r10, rdx",
    "cmp rax, {jumps_size}",
    "cmove r11, rdx",
    "cmp rax, {packed}",
    "cmove r14, rdx",
    "lea rdx, [rsi - 8]",
    "cmp rax, {packed_size}",
    "cmove r15, rdx",
    "cmp rax, {needed}",
    "je 7f",
    "test rax, rax",
    "jne 2b",
    // The packed one: a word is where an address is, or, odd, a map of which of the next 63 words are addresses too.
    "test r14, r14",
    "je 3f",
    "add r14, rdi",
    "mov rcx, [r15]",
    "mov qword ptr [r15], 0",
    "add rcx, r14",
    "8:",
    "cmp r14, rcx",
    "jae 3f",
    "mov rax, [r14]",
    "add r14, 8",
    "test al, 1",
    "jne 9f",
    "lea rsi, [rdi + rax]",
    "add [rsi], rdi",
    "add rsi, 8",
    "jmp 8b",
    "9:",
    "mov rdx, rsi",
    "add rsi, 63 * 8",
    "22:",
    "shr rax, 1",
    "je 8b",
    "test al, 1",
    "je 23f",
    "add [rdx], rdi",
    "23:",
    "add rdx, 8",
    "jmp 22b",
    // Each row of the others: where an address is to be written, of which kind it is, and how far it is from the beginning.
    "3:",
    "lea r13, [rip + tokcli_give_up]",
    "24:",
    "add r8, rdi",
    "add r9, r8",
    "4:",
    "cmp r8, r9",
    "jae 6f",
    "mov rax, [r8 + 16]",
    "add rax, rdi",
    "mov ecx, [r8 + 8]",
    "cmp ecx, {relative}",
    "je 5f",
    "mov rax, r13",
    "cmp ecx, {chosen}",
    "jne 7f",
    "5:",
    "mov rdx, [r8]",
    "mov [rdi + rdx], rax",
    "add r8, 24",
    "jmp 4b",
    // The other table, and then no more.
    "6:",
    "mov r8, r10",
    "mov r9, r11",
    "xor r10d, r10d",
    "xor r11d, r11d",
    "test r9, r9",
    "jne 24b",
    "mov rdi, r12",
    "and rsp, -16",
    "call {attempt}",
    "7:",
    "mov rsp, r12",
    "mov rdx, rbx",
    "jmp _start",
    // In the place of a function that is not there yet, and after a fault.
    ".globl tokcli_give_up",
    ".type tokcli_give_up, @function",
    "tokcli_give_up:",
    "and rsp, -16",
    "call {once_more}",
    "mov rsp, [rip + {stack}]",
    "xor edx, edx",
    "xor ebp, ebp",
    "jmp _start",
    attempt = sym attempt,
    once_more = sym once_more,
    stack = sym STACK,
    rela = const 7,
    rela_size = const 8,
    jumps = const 23,
    jumps_size = const 2,
    packed = const 36,
    packed_size = const 35,
    needed = const 1,
    relative = const 8,
    chosen = const 37,
);

/// Where the kernel left what it made.
static STACK: AtomicUsize = AtomicUsize::new(0);

/// By this name it starts once more, and knows that no attempt is to be made.
const ONCE_MORE: &CStr = c"/proc/self/exe";

/// More words, or longer ones, are no warm call.
const WORDS: usize = 64;
const LONGEST: usize = 16 << 10;

unsafe extern "C" {
    static mut environ: *const *const c_char;
    /// From above: instead of a function or of memory that there is not, and after a fault.
    fn tokcli_give_up() -> !;
}

/// Comes back unless a warm call was answered, or the engine was started.
unsafe extern "C" fn attempt(stack: *const usize) {
    // SAFETY: the kernel made the stack so, and nothing else runs.
    unsafe {
        STACK.store(stack as usize, Ordering::Relaxed);
        let (words, environment) = (words(stack), environment(stack));
        let told = Told::read(environment.as_ptr().add(environment.len() + 1).cast());
        let length = |word: &*const c_char| CStr::from_ptr(*word).count_bytes();
        let is_long = words.len() > WORDS || words.iter().map(length).sum::<usize>() > LONGEST;
        // The C library takes away what of the environment is not for a program with rights of its own.
        if is_long
            || told.is_secure
            || told.is_once_more()
            || !place::give_to_the_thread(told.headers, told.count)
        {
            return;
        }
        arena::open();
        let net = system::Net::spread(tokcli_give_up as *const () as usize);
        environ = environment.as_ptr();
        let at_hand = at_hand(words);
        let code = match &at_hand {
            Some(AtHand::Answer(text, code)) => printed(text, *code, words),
            _ => None,
        };
        if let Some(code) = code {
            system::exit(code);
        }
        // What somebody wants ignored stays so in the engine.
        net.take_away();
        if let Some(AtHand::Engine(words)) = at_hand {
            let pointers: Vec<_> = words.iter().map(|word| word.as_ptr()).chain([null()]).collect();
            system::execute(&words[0], pointers.as_ptr(), environment.as_ptr());
        }
    }
    arena::close();
}

unsafe fn at_hand(words: &[*const c_char]) -> Option<AtHand> {
    // SAFETY: the kernel's texts end with a zero.
    let word =
        |word: &*const c_char| unsafe { OsStr::from_bytes(CStr::from_ptr(*word).to_bytes()).to_owned() };
    tokcli::at_hand(words.iter().map(word).collect())
}

/// `None`: nothing was printed.
unsafe fn printed(text: &[u8], code: u8, words: &[*const c_char]) -> Option<u8> {
    match system::print(text) {
        Written::All => Some(code),
        Written::Nothing => None,
        Written::Part => {
            // SAFETY: the kernel's texts end with a zero.
            let is_json = |word: &*const c_char| unsafe { CStr::from_ptr(*word) } == c"--json";
            system::complain(words.iter().any(is_json));
            Some(1)
        }
    }
}

// What the kernel tells of a program: where its headers are, how many, whether it has rights that its caller lacks, and by which name
// it was started.
const HEADERS: usize = 3;
const COUNT: usize = 5;
const SECURE: usize = 23;
const NAME: usize = 31;

struct Told {
    headers: *const place::Header,
    count: usize,
    is_secure: bool,
    name: *const c_char,
}

impl Told {
    unsafe fn read(mut list: *const [usize; 2]) -> Told {
        let mut told = Told { headers: null(), count: 0, is_secure: false, name: null() };
        // SAFETY: the list ends with a zero.
        unsafe {
            while (*list)[0] != 0 {
                match *list {
                    [HEADERS, value] => told.headers = value as *const place::Header,
                    [COUNT, value] => told.count = value,
                    [SECURE, value] => told.is_secure = value != 0,
                    [NAME, value] => told.name = value as *const c_char,
                    _ => {}
                }
                list = list.add(1);
            }
        }
        told
    }

    fn is_once_more(&self) -> bool {
        // SAFETY: the kernel's text ends with a zero.
        self.name.is_null() || unsafe { CStr::from_ptr(self.name) } == ONCE_MORE
    }
}

unsafe fn words<'a>(stack: *const usize) -> &'a [*const c_char] {
    // SAFETY: the number of words comes first.
    unsafe { slice::from_raw_parts(stack.add(1).cast(), *stack) }
}

unsafe fn environment<'a>(stack: *const usize) -> &'a [*const c_char] {
    // SAFETY: it lies behind the words and the zero after them, and ends with a zero.
    unsafe {
        let first: *const *const c_char = stack.add(1 + *stack + 1).cast();
        let mut count = 0;
        while !(*first.add(count)).is_null() {
            count += 1;
        }
        slice::from_raw_parts(first, count)
    }
}

/// Of an error's number.
#[cfg(any(tokcli_instead, all(test, target_env = "gnu")))]
fn words_of(error: std::ffi::c_int) -> &'static str {
    nix::errno::Errno::from_raw(error).desc()
}

/// Starts this program without an attempt: what the attempt left half done is gone with it. Comes back if that cannot be.
unsafe extern "C" fn once_more() {
    // SAFETY: as in `attempt`.
    unsafe {
        let stack = STACK.load(Ordering::Relaxed) as *const usize;
        system::execute(ONCE_MORE, words(stack).as_ptr(), environment(stack).as_ptr());
    }
    arena::close();
}
