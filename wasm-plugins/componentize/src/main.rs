//! `componentize MODULE COMPONENT`: turns a core module of wit-bindgen into a component.

use std::env::args;
use std::error::Error;
use std::fs;

use wit_component::ComponentEncoder;

fn main() -> Result<(), Box<dyn Error>> {
    let names: Vec<String> = args().skip(1).collect();
    let [module, component] = names.as_slice() else {
        return Err("usage: componentize MODULE COMPONENT".into());
    };
    let bytes = ComponentEncoder::default().validate(true).module(&fs::read(module)?)?.encode()?;
    fs::write(component, bytes)?;
    Ok(())
}
