-- Asks Keyfold's gateway whether a request may pass. Loaded by haproxy.cfg, which has the rules around it.
--
-- `http-request lua.keyfold <address> <path>`, the address as HAProxy writes them: on exactly 200 with every identity header, sets txn.keyfold_allowed and a variable for each header;
-- on a refusal of the gateway's, answers the client with it; in every other case does nothing, and the rule after it refuses.

-- The way to the gateway has shorter time limits of its own; this one is below HAProxy's for a script (tune.lua.session-timeout).
local timeout_ms = 3900

local identity = {
  ["remote-user"] = "txn.keyfold_user",
  ["x-keyfold-user-id"] = "txn.keyfold_user_id",
  ["x-keyfold-key-id"] = "txn.keyfold_key_id",
  ["x-keyfold-roles"] = "txn.keyfold_roles",
  ["x-keyfold-scopes"] = "txn.keyfold_scopes",
  ["x-keyfold-position"] = "txn.keyfold_position",
}

local refusals = { [400] = true, [401] = true, [403] = true, [429] = true, [503] = true }

-- Of a refusal the client gets these and nothing else.
local told = {
  "www-authenticate", "retry-after", "ratelimit", "ratelimit-policy", "content-type", "cache-control", "vary", "x-request-id",
}

-- HAProxy counts the lines of a header from 0.
local function values_of(headers, name)
  local values = {}
  local lines = headers[name]
  if lines == nil then return values end
  local at = 0
  while lines[at] ~= nil do
    values[#values + 1] = lines[at]
    at = at + 1
  end
  return values
end

-- Nothing of the client's goes to the gateway but its credentials (all lines of them: two are refused there), and what tells of an upgrade.
local function question(txn)
  local sent = txn.http:req_get_headers()
  local headers = {
    ["x-forwarded-method"] = { txn.sf:method() },
    ["x-forwarded-uri"] = { txn.sf:pathq() },
    ["x-forwarded-for"] = { txn.sf:src() },
    ["x-forwarded-host"] = { txn.sf:req_fhdr("host") },
  }
  for _, name in ipairs({ "authorization", "upgrade" }) do
    local values = values_of(sent, name)
    if #values > 0 then headers[name] = values end
  end
  return headers
end

local function allow(txn, headers)
  local values = {}
  for name, variable in pairs(identity) do
    local lines = values_of(headers, name)
    -- Something else than a gateway answers there.
    if #lines ~= 1 or lines[1] == "" then return end
    values[variable] = lines[1]
  end
  for variable, value in pairs(values) do txn:set_var(variable, value) end
  txn:set_var("txn.keyfold_allowed", true)
end

local function refuse(txn, answer)
  local reply = txn:reply({ status = answer.status })
  for _, name in ipairs(told) do
    for _, value in ipairs(values_of(answer.headers, name)) do reply:add_header(name, value) end
  end
  reply:set_body(answer.body or "")
  txn:done(reply)
end

core.register_action("keyfold", { "http-req" }, function(txn, address, path)
  -- Of several questions the last one counts too when it fails.
  txn:set_var("txn.keyfold_allowed", false)
  local answer = core.httpclient():get({
    url = "http://127.0.0.1" .. path, dst = address, headers = question(txn), timeout = timeout_ms,
  })
  if answer == nil or answer.headers == nil then return end
  if answer.status == 200 then
    allow(txn, answer.headers)
  elseif refusals[answer.status] then
    refuse(txn, answer)
  end
end, 2)
