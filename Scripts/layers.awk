# Reads docs/architecture.md, Package.swift and Swift sources, in this order; see Scripts/layers.

BEGIN {
    n = split("struct class enum protocol actor typealias func let var extension case", keyword, " ")
    for (i = 1; i <= n; i++) declares[keyword[i]] = 1
}

FNR == 1 {
    if (FILENAME ~ /\.swift$/ && FILENAME != "Package.swift") begin_file()
    else if (FILENAME == "Package.swift") is_source = 0
}

# --- what is allowed

FILENAME == "docs/architecture.md" {
    if ($0 ~ /^```/) {
        inside = ($0 ~ /^```layers *$/)
        if (inside) have_block = 1
        next
    }
    if (!inside) next
    sub(/#.*/, "")
    if ($0 ~ /^ *$/) next
    if ($0 ~ /^[^ ].*: *$/) { section = $0; sub(/: *$/, "", section); next }
    at = index($0, "->")
    if (!at || section == "") { print FILENAME ":" FNR ": not an arrow, and not a heading: " $0; bad_block = 1; next }
    m = split(substr($0, 1, at - 1), source, ",")
    n = split(substr($0, at + 2), target, ",")
    for (k = 1; k <= m; k++)
        for (i = 1; i <= n; i++) {
            gsub(/ /, "", source[k])
            gsub(/ /, "", target[i])
            allowed[section, source[k], target[i]] = 1
            allowed_key[++allowed_count] = section SUBSEP source[k] SUBSEP target[i]
        }
    next
}

# --- Package.swift: its text without comments, looked through at its end

FILENAME == "Package.swift" {
    sub(/^[ \t]*\/\/.*/, "")
    gsub(/[ \t]\/\/.*/, "")
    manifest = manifest $0 " "
    # The line of each quoted name, for messages.
    rest = $0
    while (match(rest, /name: "[^"]*"/)) {
        name = substr(rest, RSTART + 7, RLENGTH - 8)
        line_of_target[name] = FNR
        rest = substr(rest, RSTART + RLENGTH)
    }
    next
}

# The text up to the bracket that closes the one before it.
function bracketed(text,    depth, at, c) {
    depth = 1
    for (at = 1; at <= length(text); at++) {
        c = substr(text, at, 1)
        if (c ~ /[[(]/) depth++
        else if (c ~ /[])]/ && --depth == 0) return substr(text, 1, at - 1)
    }
    return text
}

function read_manifest(    rest, call, body, name, list, path, n, part, i) {
    manifest_read = 1
    # Products have lists of targets too: the package's own is the one whose first entry is not a text.
    rest = manifest
    if (match(rest, /targets: *\[ *[^" ]/)) rest = substr(rest, RSTART + RLENGTH - 1)
    while (match(rest, /(\.target|\.executableTarget|\.testTarget|\.systemLibrary|\.plugin|\.macro|system) *\(/)) {
        call = substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
        body = bracketed(rest)
        if (!match(body, /"[^"]*"/)) continue
        name = substr(body, RSTART + 1, RLENGTH - 2)
        is_target[name] = 1
        if (call ~ /testTarget/) { is_test[name] = 1; continue }
        path = call ~ /system/ ? "" : "Sources/" name
        if (match(body, /path: *"[^"]*"/)) { path = substr(body, RSTART, RLENGTH); sub(/path: *"/, "", path); sub(/"$/, "", path) }
        # Below Sources alone: how the tests' own modules are ordered is not said.
        if (call ~ /\.target/ && path ~ /^Sources\//) is_library[name] = 1
        if (path != "") { path_module[path] = name; path_list[++paths] = path }
        if (!match(body, /dependencies: *\[/)) continue
        list = bracketed(substr(body, RSTART + RLENGTH))
        # A product's name, not its package's.
        gsub(/package: *"[^"]*"/, "", list)
        n = split(list, part, "\"")
        for (i = 2; i <= n; i += 2) { declared[name, part[i]] = 1; arrow("modules", name, part[i], "Package.swift", line_of_target[name], "") }
    }
}

# --- sources: what is declared, and every name with its line

function begin_file(    i, rest) {
    if (!manifest_read) read_manifest()
    is_source = 0
    for (i = 1; i <= paths; i++) if (index(FILENAME, path_list[i] "/") == 1) { module = path_module[path_list[i]]; is_source = 1; rest = substr(FILENAME, length(path_list[i]) + 2) }
    if (!is_source) return
    folder = rest ~ /\// ? substr(rest, 1, index(rest, "/") - 1) : "."
    module_of[FILENAME] = module
    folder_of[FILENAME] = folder
    if (folder != ".") has_folders[module] = 1
    depth = 0; owner = ""; pending = ""; before = ""; strings = 0; comment = 0; is_private = 0
}

!is_source { next }

# Imports: `internal import struct Foo.Bar` is of Foo.
depth == 0 && !comment && !strings && $0 ~ /^ *(@[A-Za-z_]+ +)*((public|package|internal|fileprivate|private) +)?import +/ {
    rest = $0
    sub(/^.*import +/, "", rest)
    sub(/^(struct|class|enum|protocol|typealias|func|let|var) +/, "", rest)
    sub(/[^A-Za-z0-9_].*/, "", rest)
    arrow("modules", module, rest, FILENAME, FNR, "import")
    if ((rest in is_target) && !((module, rest) in declared)) fault(FILENAME, FNR, module " -> " rest, "is imported, but Package.swift does not say so")
    next
}

{ scan($0) }

# Goes through a line. `strings` is how many string literals are open around this place (an interpolation is code inside one):
# closing[k] ends the k-th, parens[k] counts brackets of the interpolation in it, and -1 says that it is the text itself.
function scan(line,    token, at, hashes) {
    if (strings && parens[strings] < 0 && closing[strings] !~ /"""/) strings--
    while (line != "") {
        if (comment) {
            if (!match(line, /\/\*|\*\//)) return
            comment += substr(line, RSTART, 2) == "/*" ? 1 : -1
            line = substr(line, RSTART + 2)
        } else if (strings && parens[strings] < 0) {
            line = in_text(line)
        } else {
            if (!match(line, /[A-Za-z_][A-Za-z0-9_]*|#*"|\/\/|\/\*|[{}().`:=]/)) return
            # What stands between two tokens of interest is no dot.
            if (RSTART > 1 && substr(line, 1, RSTART - 1) !~ /^[ \t]*$/) before = " "
            token = substr(line, RSTART, RLENGTH)
            line = substr(line, RSTART + RLENGTH)
            if (token == "//") return
            if (token == "/*") { comment = 1; continue }
            if (token ~ /"$/) {
                hashes = substr(token, 1, length(token) - 1)
                strings++
                parens[strings] = -1
                if (substr(line, 1, 2) == "\"\"") { closing[strings] = "\"\"\"" hashes; line = substr(line, 3) } else closing[strings] = "\"" hashes
                opening[strings] = "\\" hashes "("
                before = " "
                continue
            }
            take(token, line)
        }
    }
}

# From inside a text to its end, to an interpolation in it, or to the line's end; returns what is left.
function in_text(line,    at, c, hashes, end, escape) {
    end = closing[strings]; escape = substr(opening[strings], 1, length(opening[strings]) - 1)
    while (line != "") {
        if (!match(line, /["\\]/)) return ""
        line = substr(line, RSTART)
        if (index(line, opening[strings]) == 1) { line = substr(line, length(opening[strings]) + 1); parens[strings] = 0; before = "("; return line }
        if (index(line, escape) == 1) { line = substr(line, length(escape) + 2); continue }
        if (index(line, end) == 1) { strings--; before = " "; return substr(line, length(end) + 1) }
        line = substr(line, 2)
    }
    return ""
}

function take(token, rest) {
    if (token == "`") return
    if (token == "{") {
        if (depth++ == 0) { owner = pending; pending = "" }
    } else if (token == "}") {
        if (--depth == 0) { owner = ""; is_private = 0 }
    } else if (token == "(") {
        if (strings) parens[strings]++
    } else if (token == ")") {
        if (strings && parens[strings]-- == 0) { before = " "; return }
    } else if (token ~ /^[A-Za-z_]/) {
        identifier(token, rest)
    }
    # A range is no member.
    before = token == "." && before ~ /^\.+$/ ? ".." : token
}

function identifier(token, rest,    qualified) {
    qualified = before == "."
    if (!qualified && (before in declares)) {
        if (token in declares) return
        declare(before, token)
        if (before != "extension") return
    }
    if (qualified && last_name != module) { last_name = token; return }
    last_name = token
    if (depth == 0 && (token == "private" || token == "fileprivate")) is_private = 1
    if (depth == 0 && token == "extension") pending = ""
    if (token in declares) return
    # Types, and functions and constants: a name with a small letter is a label where a colon follows.
    if (token ~ /^[a-z_]/ && rest ~ /^ *:/) return
    if (!((FILENAME, token) in first_use)) {
        first_use[FILENAME, token] = FNR
        uses[FILENAME] = uses[FILENAME] " " token
        if (token ~ /^[a-z_]/ && rest !~ /^\(/) value_use[FILENAME, token] = 1
    } else if (token ~ /^[a-z_]/ && rest ~ /^\(/) delete value_use[FILENAME, token]
}

function declare(kind, token,    i) {
    if (depth == 0) {
        if (kind == "case") return
        if (kind != "func" && kind != "let" && kind != "var") { pending = token; if (!((FILENAME, token) in opens)) { opens[FILENAME, token] = 1; opened[FILENAME] = opened[FILENAME] " " token } } else pending = "func " token
        if (kind == "extension") return
        if (is_private) { own[FILENAME, token] = 1; if (kind ~ /^(func|let|var|typealias)$/) is_private = 0; return }
        is_private = 0
        if (!((module, token) in home)) home[module, token] = folder
        else if (home[module, token] != folder) home[module, token] = ""
        home_file[module, token] = FILENAME
        kind_of[module, token] = kind
    } else if (owner ~ /^func /) {
        own[FILENAME, token] = 1
    } else {
        inner[module, owner, token] = 1
        if (kind != "case" && kind != "func") local_name[FILENAME, token] = 1
    }
}

# --- arrows

# One place where the code has an arrow. A dependency that the manifest names (no `what`) counts for nothing by itself.
function arrow(section, from, to, file, line, what,    key) {
    key = section SUBSEP from SUBSEP to
    if (!(key in count)) { key_list[++keys] = key; count[key] = 0 }
    if (what != "") count[key]++
    if (places[key] < 5) where[key, ++places[key]] = file ":" line ": " (what == "" ? "dependency" : what)
}

function fault(file, line, which, why) { faults[++fault_count] = file ":" line ": " which " " why }

function resolve(    file, n, i, token, used, list, m, k, type, hidden, to) {
    for (file in module_of) file_list[++files] = file
    sort(file_list, files)
    for (i = 1; i <= files; i++) {
        file = file_list[i]
        module = module_of[file]
        if (!(module in has_folders)) continue
        n = split(uses[file], used, " ")
        m = split(opened[file], list, " ")
        for (k = 1; k <= n; k++) {
            token = used[k]
            if (!((module, token) in home)) continue
            to = home[module, token]
            if (to == "" || to == folder_of[file] || ((file, token) in own)) continue
            if (token ~ /^[a-z]/) {
                # A function is one where it is called; a constant may be a local name of the file.
                if (kind_of[module, token] == "func" && ((file, token) in value_use)) continue
                if ((file, token) in local_name) continue
            }
            hidden = 0
            for (type = 1; type <= m; type++) if (list[type] != token && ((module, list[type], token) in inner)) hidden = 1
            if (!hidden) arrow(module, folder_of[file], to, file, first_use[file, token], token " (" home_file[module, token] ")")
        }
    }
}

function sort(list, n,    i, k, value) {
    for (i = 2; i <= n; i++) {
        value = list[i]
        for (k = i - 1; k > 0 && list[k] > value; k--) list[k + 1] = list[k]
        list[k + 1] = value
    }
}

function graph(section, title,    i, part, line, from, n) {
    print title
    from = ""
    line = ""
    for (i = 1; i <= keys; i++) {
        split(key_list[i], part, SUBSEP)
        if (part[1] != section) continue
        if (part[2] != from) { if (line != "") print line; from = part[2]; line = "    " from " ->" } else line = line ","
        line = line " " part[3] " " count[key_list[i]]
    }
    if (line != "") print line
}

# Folders from which one comes back to where one was.
function knot(section,    n, list, seen, reach, i, k, m, part, line) {
    for (i = 1; i <= keys; i++) {
        split(key_list[i], part, SUBSEP)
        if (part[1] != section) continue
        reach[part[2], part[3]] = 1
        for (k = 2; k <= 3; k++) if (!(part[k] in seen)) { seen[part[k]] = 1; list[++n] = part[k] }
    }
    for (m = 1; m <= n; m++)
        for (i = 1; i <= n; i++)
            for (k = 1; k <= n; k++)
                if (((list[i], list[m]) in reach) && ((list[m], list[k]) in reach)) reach[list[i], list[k]] = 1
    sort(list, n)
    for (i = 1; i <= n; i++) if ((list[i], list[i]) in reach) line = line (line == "" ? "" : ", ") list[i]
    if (line != "") print "    in a knot: " line
}

function described(key,    part) {
    split(key, part, SUBSEP)
    return part[2] " -> " part[3] (part[1] == "modules" ? "" : " in " part[1])
}

function is_allowed(key,    part) {
    split(key, part, SUBSEP)
    if (part[1] != "modules") return !(part[1] in is_library) || (key in allowed)
    return (key in allowed) || (part[1] SUBSEP "*" SUBSEP part[3]) in allowed
}

END {
    if (!have_block || bad_block) { print "docs/architecture.md: no block ```layers that can be read"; exit 65 }
    if (!manifest_read) read_manifest()
    resolve()
    sort(key_list, keys)
    graph("modules", "Modules, and by how many imports")
    for (i = 1; i <= keys; i++) {
        split(key_list[i], part, SUBSEP)
        if (part[1] == "modules" || part[1] == shown) continue
        shown = part[1]
        graph(shown, "Folders of " shown ", and by how many names")
        knot(shown)
    }
    unused = ""
    for (i = 1; i <= allowed_count; i++) {
        key = allowed_key[i]
        if (!(key in count || key ~ "^modules" SUBSEP "[*]")) unused = unused (unused == "" ? "" : "; ") described(key)
    }
    if (unused != "") print "In docs/architecture.md, and not in the code: " unused
    for (i = 1; i <= keys; i++) {
        key = key_list[i]
        if (is_allowed(key)) continue
        for (k = 1; k <= places[key]; k++) print where[key, k] ": " described(key) " is not allowed"
        if (count[key] > 5) print "    and " (count[key] - 5) " more of " described(key)
        failed = 1
    }
    for (i = 1; i <= fault_count; i++) { print faults[i]; failed = 1 }
    if (failed) { print "layers: turn these arrows around, or add them to docs/architecture.md where they are right"; exit 1 }
    print "layers: as docs/architecture.md has them"
}
