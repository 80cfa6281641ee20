//! `template.yaml` against the code that it deploys: what each function is given, what leads to
//! it, what it may do, and what it keeps. And `site.yaml`, which serves the book page.

mod cloudformation;
mod roles;
mod routes;
mod site;
mod story;
mod tables;
mod variables;
