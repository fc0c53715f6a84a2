//! The libraries of a package in this process: loaded when a function is first asked for, and never closed, because foreign code may leave
//! pointers into them anywhere. It calls no function.

#![expect(unsafe_code, reason = "loading a library runs its constructors")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;
use std::rc::Rc;

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use crate::function_map::{FunctionEntry, FunctionMap};
use crate::runtime::{FunctionPointer, Resolver};
use crate::worker::Refusal;

pub(crate) struct Libraries {
    folder: PathBuf,
    functions: FunctionMap,
    loaded: RefCell<HashMap<String, &'static Library>>,
}

impl Libraries {
    pub fn new(folder: PathBuf, functions: FunctionMap) -> Libraries {
        Libraries { folder, functions, loaded: RefCell::default() }
    }

    pub fn entry(&self, function: &str) -> Result<&FunctionEntry, Refusal> {
        self.functions.find(function).ok_or_else(|| Refusal::FunctionUnknown { function: function.to_owned() })
    }

    pub fn function(&self, function: &str) -> Result<FunctionPointer, Refusal> {
        let entry = self.entry(function)?;
        let library = self.library(entry)?;
        // SAFETY: the package says that this name is a business function; all of those have the one type.
        let symbol = unsafe { library.get::<FunctionPointer>(function) };
        symbol.map(|symbol| *symbol).map_err(|failure| Refusal::FunctionMissing {
            function: function.to_owned(),
            library: entry.library.clone(),
            reason: reason_of(&failure),
        })
    }

    fn library(&self, entry: &FunctionEntry) -> Result<&'static Library, Refusal> {
        if let Some(library) = self.loaded.borrow().get(&entry.library) {
            return Ok(library);
        }
        // Nothing is borrowed here: a constructor of the library may call another function.
        let path = self.folder.join(entry.library_file());
        // SAFETY: the library is foreign code, which is why this process is here.
        let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }
            .map_err(|failure| Refusal::LibraryDoesNotLoad { library: entry.library.clone(), reason: reason_of(&failure) })?;
        let library: &'static Library = Box::leak(Box::new(library));
        self.loaded.borrow_mut().insert(entry.library.clone(), library);
        Ok(library)
    }
}

/// What `dlerror` said, which the error itself leaves to its cause.
fn reason_of(failure: &libloading::Error) -> String {
    failure.source().map_or_else(|| failure.to_string(), |cause| cause.to_string())
}

impl Resolver for Rc<Libraries> {
    fn resolve(&self, function: &str) -> Result<FunctionPointer, String> {
        self.function(function).map_err(|refusal| refusal.to_string())
    }
}
