-- Number sections, figures, equations and sidenotes, and resolve the references to them.
--
--   # Title {#degradation}           [](#degradation)  ->  Section 4
--   ![Caption](x.svg){#fig:paths}    [](#fig:paths)    ->  Figure 3; with .here it does not float in print
--   $$ a = b $$ {#eq:chain}          [](#eq:chain)     ->  Equation 2
--   [text]{.side}                    a note in the margin; at the foot of the page in print
--
-- What is wrong is a warning, and pandoc is told to fail at one.

local print = FORMAT == "typst"
local ids, names = {}, {} -- what can be led to, and what it is called
local notes = 0

local function raw(text) return pandoc.RawInline(FORMAT, text) end
local function raw_block(text) return pandoc.RawBlock(FORMAT, text) end
local function quoted(text) return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"') .. '"' end
local function attribute(text) return (text:gsub("&", "&amp;"):gsub('"', "&quot;"):gsub("<", "&lt;")) end

local function name(id, what)
  if ids[id] then pandoc.log.warn("the identifier " .. id .. " is given twice") end
  ids[id] = true
  names[id] = what
end

-- Numbers, in the order of the text ------------------------------------------------------------------------------

local counts = { 0, 0, 0, 0, 0, 0 }
local figures, equations = 0, 0

local function number_header(header)
  if header.classes:includes("unnumbered") then return name(header.identifier) end
  counts[header.level] = counts[header.level] + 1
  for level = header.level + 1, 6 do counts[level] = 0 end
  local number = table.concat(counts, ".", 1, header.level)
  name(header.identifier, "Section " .. number)
  header.attributes.number = number
  return header
end

local function number_figure(figure)
  figures = figures + 1
  name(figure.identifier, "Figure " .. figures)
end

-- `$$ ... $$ {#eq:chain}` is mathematics and then a word.
local function number_equations(inlines)
  local found = pandoc.Inlines({})
  for _, inline in ipairs(inlines) do
    local before = found[#found]
    if before and before.t == "Space" or before and before.t == "SoftBreak" then before = found[#found - 1] end
    local id, rest
    if inline.t == "Str" then id, rest = inline.text:match("^{#(eq:[%w_:-]+)}(.*)$") end
    if id and before and before.t == "Math" and before.mathtype == "DisplayMath" then
      while found[#found].t ~= "Math" do found:remove() end
      equations = equations + 1
      name(id, "Equation " .. equations)
      found[#found] = pandoc.Span({ before }, pandoc.Attr(id, { "equation" }, { number = tostring(equations) }))
      if rest ~= "" then found:insert(pandoc.Str(rest)) end
    else
      found:insert(inline)
    end
  end
  return found
end

local function note_identifier(element)
  if element.identifier ~= "" and not element.classes:includes("equation") then name(element.identifier) end
end

local function picture_inside(image)
  if image.src:find("^%a+:") then pandoc.log.warn("the picture " .. image.src .. " lies outside the results") end
end

-- Forms ----------------------------------------------------------------------------------------------------------

-- What texmath gets wrong for typst is put right: \! and \; become spaces of a wrong width, \operatorname becomes words
-- with blanks around them, and the columns of cases touch; \tag is lost.
local function typst_math(element)
  local text = element.text:gsub("\\\\", "\0") -- a line's end, lest its second half be taken for the start of \;
  text = text:gsub("\\!", " "):gsub("\\;", "\\:")
  text = text:gsub("(\\begin{cases})(.-)(\\end{cases})", function(start, rows, stop)
    return start .. rows:gsub("&", "& \\quad ") .. stop
  end)
  element.text = text:gsub("%z", "\\\\")
  local set = pandoc.write(pandoc.Pandoc({ pandoc.Plain({ element }) }), "typst", { wrap_text = "none" })
  set = set:gsub("(%a*%(?)(\"%a[^\"]*\")", function(before, word)
    if before ~= "upright(" then return before .. " op(" .. word .. ")" end
  end)
  return raw((set:gsub("%s+$", "")))
end

-- TeX sets a thin space on either side of \log, and MathML sets none: not before it where an operator, a bracket or
-- nothing stands there, and not behind it, or behind its index, where a bracket does.
local function with_thin_spaces(text)
  local done, rest = "", text
  while true do
    local first, last = rest:find("\\log%f[%A]")
    if not first then return done .. rest end
    done = done .. rest:sub(1, first - 1)
    local command = done:match("\\(%a+)%s*$")
    local before = command == "partial" or not command and done:find("[%w%)%]}]%s*$")
    rest = rest:sub(last + 1)
    local index = rest:match("^%s*[_^]%s*%b{}") or rest:match("^%s*[_^]%s*%w") or ""
    rest = rest:sub(#index + 1)
    local behind = rest:find("^%s*[%w\\]") and not rest:find("^%s*\\left%f[%A]") and not rest:find("^%s*\\right%f[%A]")
    done = done .. (before and "\\," or "") .. "\\log" .. index .. (behind and "\\," or "")
  end
end

-- The parts of a display that \qquad holds apart, which stand below one another where they do not fit on one line.
local function parts_of(text)
  local parts = {}
  for part in (text .. "\\qquad"):gmatch("(.-)\\qquad") do
    local _, open = part:gsub("[{]", "")
    local _, closed = part:gsub("[}]", "")
    if open ~= closed or part:find("\\begin", 1, true) or part:find("\\end", 1, true) then return { text } end
    parts[#parts + 1] = part
  end
  return parts
end

local function math(element)
  if element.text:find("\\tag", 1, true) then pandoc.log.warn("\\tag is lost in print: write {#eq:name} behind $$") end
  if print then return typst_math(element) end
  element.text = with_thin_spaces(element.text)
  if element.mathtype == "InlineMath" then return element end
  local parts = pandoc.Inlines({})
  for _, part in ipairs(parts_of(element.text)) do parts:insert(pandoc.Math("DisplayMath", part)) end
  return pandoc.Span(parts, pandoc.Attr("", { "scroll" }, { tabindex = "0" }))
end

local function equation(span)
  local number = "(" .. span.attributes.number .. ")"
  if print then
    local start = "#[#set math.equation(numbering: _ => " .. quoted(number) .. ")\n"
    return { raw(start), span.content[1], raw(" <" .. span.identifier .. ">]") }
  end
  span.attributes = {}
  span.content:insert(pandoc.Span(number, pandoc.Attr("", { "number" })))
  return span
end

local function side(span)
  if print then
    span.content:insert(1, raw("#footnote["))
    span.content:insert(raw("]"))
    return span.content
  end
  notes = notes + 1
  local mark = '<sup class="mark">' .. notes .. "</sup>"
  span.attributes.role = "note"
  span.content:insert(1, raw(mark))
  return { raw(mark), span }
end

-- Mathematics with what touches it, such as a full stop or the mark of a note: a line would break between them.
local function bound(inlines)
  local found, run, mathematics = pandoc.Inlines({}), pandoc.Inlines({}), false
  local function finish()
    if mathematics and #run > 1 then
      found:insert(pandoc.Span(run, pandoc.Attr("", { "bound" })))
    else
      found:extend(run)
    end
    run, mathematics = pandoc.Inlines({}), false
  end
  for _, inline in ipairs(inlines) do
    local inside = inline.t == "Math" and inline.mathtype == "InlineMath"
    if inside or inline.t == "Str" or inline.t == "RawInline" and inline.text:find("^<sup") then
      run:insert(inline)
      mathematics = mathematics or inside
    else
      finish()
      found:insert(inline)
    end
  end
  finish()
  return found
end

local function span(element)
  if element.classes:includes("equation") then return equation(element) end
  if element.classes:includes("side") then return side(element) end
  if print and element.classes:includes("verdict") then
    return raw("#verdict(" .. quoted(pandoc.utils.stringify(element)) .. ")")
  end
end

local function figure(element)
  local picture
  element:walk({ Image = function(image) picture = image end })
  local caption = pandoc.utils.blocks_to_inlines(element.caption.long)
  local alt = pandoc.utils.stringify(caption)
  local table, sections = picture.attributes.table, picture.attributes.sections
  local origin = table and pandoc.Inlines({ pandoc.Str("Table "), pandoc.Code(table), pandoc.Str(" · params "), pandoc.Code(sections) })
  local id = element.identifier
  local label = pandoc.Strong(names[id] .. ".")
  if print then
    -- the figure floats, and a label behind it would stay where it is called: links lead to the caption
    local anchor = raw(id ~= "" and " <" .. id .. ">" or "")
    local inside = pandoc.Inlines({ label, anchor, pandoc.Space() }) .. caption
    if origin then inside = inside .. { raw(" #origin[") } .. origin .. { raw("]") } end
    local here = picture.classes:includes("here") and "placement: none, " or ""
    local start = "#figure(" .. here .. "image(" .. quoted(picture.src) .. ", alt: " .. quoted(alt) .. "), caption: ["
    return { raw_block(start), pandoc.Plain(inside), raw_block("])") }
  end
  picture.attributes, picture.classes = { alt = alt }, {}
  -- the box scrolls on a narrow screen, by keyboard, too
  local called = (names[id] or "Figure") .. ", scrolls sideways"
  local box = { { "role", "group" }, { "aria-label", called }, { "tabindex", "0" } } -- a list has an order
  local parts = {
    raw_block('<figure id="' .. attribute(id) .. '">'),
    pandoc.Plain({ pandoc.Span({ picture }, pandoc.Attr("", { "picture" }, box)) }),
    raw_block("<figcaption>"),
    pandoc.Plain(pandoc.Inlines({ label, pandoc.Space() }) .. caption),
  }
  if origin and ids.origins then -- the appendix
    local words = pandoc.Link("origin", "#" .. id:gsub("^fig:", "origin:"))
    origin = origin .. { pandoc.Str(" · "), words }
  end
  if origin then parts[#parts + 1] = pandoc.Plain({ pandoc.Span(origin, pandoc.Attr("", { "origin" })) }) end
  parts[#parts + 1] = raw_block("</figcaption>\n</figure>")
  return parts
end

-- On paper, claims in their place and what is held .together stay on one page, and so do a short paragraph and the
-- equation that it leads to.
local LONGEST = 600 -- letters of such a paragraph: six lines or so

local function is_display(block)
  if not block or block.t ~= "Para" then return false end
  local first = block.content[1]
  return first.t == "Math" and first.mathtype == "DisplayMath" or first.t == "Span" and first.classes:includes("equation")
end

local function held_together(blocks)
  local found = pandoc.Blocks({})
  for place, block in ipairs(blocks) do
    local last = place - 1
    while last > 0 and blocks[last].t == "Figure" do last = last - 1 end -- they float
    local before = blocks[last]
    local short = block.t == "Para" and #pandoc.utils.stringify(block) <= LONGEST
    if short and is_display(blocks[place + 1]) and not is_display(block) then
      local follows = before and before.t == "Para" and not is_display(before)
      found:extend({ raw_block(follows and "#leading(indent: true)[" or "#leading["), pandoc.Plain(block.content), raw_block("]") })
    elseif block.t == "Div" and (block.classes:includes("judged") or block.classes:includes("together")) then
      found:extend({ raw_block("#together["), block, raw_block("]") })
    else
      found:insert(block)
    end
  end
  return found
end

local function header(element)
  local number = element.attributes.number
  element.attributes = {}
  if print then return element end
  if number then
    element.content:insert(1, pandoc.Space())
    element.content:insert(1, pandoc.Span(number, pandoc.Attr("", { "number" })))
  end
  element.level = element.level + 1 -- the title is the document's first heading
  return element
end

-- References -----------------------------------------------------------------------------------------------------

local function link(element)
  local id = element.target:match("^#(.+)$")
  if not id or id:find("^ref%-") then return end
  if not ids[id] then
    if id:find("^claim:") then return element.content end -- a text without the table of claims
    pandoc.log.warn("there is no " .. id .. ", which the text refers to")
  elseif #element.content == 0 then
    if not names[id] then pandoc.log.warn(id .. " has no number: a reference to it needs words of its own") end
    element.content = { pandoc.Str(((names[id] or id):gsub(" ", "\u{a0}"))) }
    return element
  end
end

local function cite(element)
  for _, citation in ipairs(element.citations) do
    if citation.id:find("^fig:") or citation.id:find("^eq:") then
      pandoc.log.warn("@" .. citation.id .. " is a citation: write [](#" .. citation.id .. ")")
    end
  end
end

function Pandoc(document)
  document = document:walk({ Inlines = number_equations })
  document = document:walk({
    traverse = "topdown",
    Header = number_header, Figure = number_figure, Span = note_identifier, Div = note_identifier, Table = note_identifier,
  })
  document = document:walk({ Link = link, Cite = cite, Image = picture_inside })
  if print then document = document:walk({ Blocks = held_together }) end
  document = document:walk({ Header = header, Figure = figure, Span = span, Math = math })
  return print and document or document:walk({ Inlines = bound })
end
