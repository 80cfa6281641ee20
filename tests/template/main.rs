//! `template.yaml` against the code that it deploys: what each function is given, what leads to
//! it, what it may do, what it keeps, and what wakes the author up. And `site.yaml`, which serves the
//! book page.

mod alarms;
mod cloudformation;
mod filters;
mod parameters;
mod roles;
mod routes;
mod site;
mod state_machine;
mod story;
mod tables;
mod variables;
