//! The door to what Windows says of access to files: code that the compiler cannot check. No crate that is
//! kept up has a safe way to it. Each block says why it is sound; whatever Windows hands out is given back here.

#![expect(unsafe_code, reason = "this is the door")]

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::os::windows::io::AsRawHandle as _;
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::{CloseHandle, HANDLE, LocalFree};
use windows_sys::Win32::Security::Authorization::{
    ConvertSidToStringSidW, ConvertStringSecurityDescriptorToSecurityDescriptorW, GetSecurityInfo,
    SDDL_REVISION_1, SE_FILE_OBJECT,
};
use windows_sys::Win32::Security::{
    ACCESS_ALLOWED_ACE, ACE_HEADER, ACL, DACL_SECURITY_INFORMATION, GetAce, GetTokenInformation,
    OWNER_SECURITY_INFORMATION, PROTECTED_DACL_SECURITY_INFORMATION, PSID, SetKernelObjectSecurity,
    TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::rules::Access;

/// An entry that allows something, and one that denies it; both are followed by mask and SID.
const ALLOWS: u8 = 0;
const DENIES: u8 = 1;
/// It is for what lies below, not for this.
const INHERIT_ONLY: u8 = 0x08;

/// What Windows allocated for us; freed when it is dropped.
struct Local(*mut c_void);

impl Drop for Local {
    fn drop(&mut self) {
        // SAFETY: it came from a function whose result is freed so, and is freed once.
        unsafe { LocalFree(self.0) };
    }
}

/// Of a file or a directory that is open to be looked at, with whom this program runs for.
pub(crate) fn look(file: &File) -> io::Result<Access> {
    let (mut owner, mut list, mut descriptor): (PSID, *mut ACL, *mut c_void) =
        (null_mut(), null_mut(), null_mut());
    // SAFETY: the handle is open as long as `file` is; the others are places for pointers.
    let failed = unsafe {
        GetSecurityInfo(
            file.as_raw_handle(),
            SE_FILE_OBJECT,
            OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
            &mut owner,
            null_mut(),
            &mut list,
            null_mut(),
            &mut descriptor,
        )
    };
    checked(failed)?;
    // `owner` and `list` lie in it.
    let _descriptor = Local(descriptor);
    let allowed = if list.is_null() { None } else { Some(entries(list)?) };
    Ok(Access { user: user()?, owner: text(owner)?, allowed })
}

/// Only this user, the system and its administrators may use it from now on, and what is made in it later. It must be open for
/// that (`WRITE_DAC`).
pub(crate) fn close_to_others(file: &File) -> io::Result<()> {
    let text = format!("D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;{})", user()?);
    let text: Vec<u16> = text.encode_utf16().chain([0]).collect();
    let mut descriptor = null_mut();
    // SAFETY: `text` ends with a zero and outlives the call; `descriptor` is a place for a pointer; no length is asked for.
    let made = unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            text.as_ptr(),
            SDDL_REVISION_1,
            &mut descriptor,
            null_mut(),
        )
    };
    if made == 0 {
        return Err(io::Error::last_os_error());
    }
    let descriptor = Local(descriptor);
    let what = DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION;
    // SAFETY: the handle is open as long as `file` is, and the descriptor was just made.
    match unsafe { SetKernelObjectSecurity(file.as_raw_handle(), what, descriptor.0) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

fn checked(failed: u32) -> io::Result<()> {
    if failed == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(failed.cast_signed())) }
}

/// Who is allowed what. An entry of a kind that is not known counts as one that allows everybody everything.
fn entries(list: *const ACL) -> io::Result<Vec<(String, u32)>> {
    // SAFETY: `list` is valid, as Windows gave it.
    let count = u32::from(unsafe { (*list).AceCount });
    let mut allowed = Vec::new();
    for at in 0..count {
        let mut entry = null_mut();
        // SAFETY: `list` is valid, and `at` is below its count.
        if unsafe { GetAce(list, at, &mut entry) } == 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: every entry begins with such a head.
        let head = unsafe { &*entry.cast::<ACE_HEADER>() };
        match head.AceType {
            _ if head.AceFlags & INHERIT_ONLY != 0 => {}
            ALLOWS => {
                // SAFETY: an entry of this type has a mask, and its SID begins at `SidStart`.
                let (mask, sid) = unsafe {
                    let entry = entry.cast::<ACCESS_ALLOWED_ACE>();
                    ((*entry).Mask, (&raw mut (*entry).SidStart).cast())
                };
                allowed.push((text(sid)?, mask));
            }
            DENIES => {}
            _ => allowed.push((String::new(), u32::MAX)),
        }
    }
    Ok(allowed)
}

/// In its usual spelling.
fn text(sid: PSID) -> io::Result<String> {
    let mut spelled = null_mut();
    // SAFETY: `sid` is one that Windows gave; `spelled` is a place for a pointer.
    if unsafe { ConvertSidToStringSidW(sid, &mut spelled) } == 0 {
        return Err(io::Error::last_os_error());
    }
    let _spelled = Local(spelled.cast());
    let mut units = Vec::new();
    // SAFETY: it ends with a zero, and nothing behind that is read.
    while let unit @ 1.. = unsafe { *spelled.add(units.len()) } {
        units.push(unit);
    }
    Ok(String::from_utf16_lossy(&units))
}

fn user() -> io::Result<String> {
    let mut token: HANDLE = null_mut();
    // SAFETY: the process is this one; `token` is a place for a handle.
    if unsafe { OpenProcessToken(GetCurrentProcess(), TOKEN_QUERY, &mut token) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // A SID has at most 68 bytes. In words, so that it is aligned for what comes to lie in it.
    let mut told = [0_u64; 32];
    let (room, mut length) = (u32::try_from(size_of_val(&told)).unwrap_or(0), 0);
    // SAFETY: `told` has as much room as is said, and the token is open.
    let known = unsafe { GetTokenInformation(token, TokenUser, told.as_mut_ptr().cast(), room, &mut length) };
    let failure = io::Error::last_os_error();
    // SAFETY: it is open, and closed once.
    unsafe { CloseHandle(token) };
    if known == 0 {
        return Err(failure);
    }
    // SAFETY: it was filled with this, and the SID that it points to lies in `told` too.
    text(unsafe { (*told.as_ptr().cast::<TOKEN_USER>()).User.Sid })
}
