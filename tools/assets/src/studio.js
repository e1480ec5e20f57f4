// What every page of the studio loads: htmx, its server-sent events, and a few habits of our own.
import htmx from "htmx.org";
import "./htmx_global.js";
import "htmx-ext-sse";
import { startBars } from "./bars.js";
import { startDrafts } from "./drafts.js";
import { startFocus } from "./focus.js";

startBars(htmx);
startDrafts(htmx);
startFocus(htmx);
