// The extension for server-sent events looks for htmx in the window.
import htmx from "htmx.org";

window.htmx = htmx;
