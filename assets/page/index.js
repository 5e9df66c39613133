// What every page of the book does, in one file: `python -m checks.javascript bundle` makes page.js of it.

import "./theme.js";
import "./frame.js";
import "./code.js";
import "./rules.js";
import "./cite.js";
import "./previews.js";
import "./search.js";
import "./claims.js";
import "./symbols.js";
import "./tables.js";
import "./exercises.js";
