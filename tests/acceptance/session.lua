-- A session over neovim's own MessagePack-RPC client, which knows nothing of tradingd.
-- nvim --headless --clean -l is newer than Debian 12's, so: nvim --headless --clean +'luafile session.lua'
local function session(socket, user, feed)
  local channel = vim.fn.sockconnect('pipe', socket, { rpc = true })
  assert(channel > 0, 'no connection')
  local function call(method, arguments)
    return vim.rpcrequest(channel, method, arguments or vim.empty_dict())
  end
  local function refused(method, arguments)
    local done, message = pcall(call, method, arguments)
    return not done and tostring(message) ~= ''
  end

  assert(call('status').state:find('serving'), 'status')
  assert(call('user.add', { name = user }).name == user, 'user.add')
  call('feed.add', { name = feed, kind = 'push' })
  local run = call('run.start', { user = user, feed = feed, strategy = 'strategy = "manual"\n', initial_cash = '1000' })
  local pushed = call('feed.push', {
    name = feed,
    rows = { { time = '2024-01-02T15:00:00Z', symbol = 'AAPL', price = '100' } },
  })
  assert(pushed.accepted == 1, 'feed.push')

  local order = call('order.place', {
    user = user, side = 'buy', quantity = '2', symbol = 'AAPL', request_id = 'from-neovim',
  })
  assert(order.status == 'FILLED', 'order.place')
  local again = call('order.place', {
    user = user, side = 'buy', quantity = '2', symbol = 'AAPL', request_id = 'from-neovim',
  })
  assert(again.order_id == order.order_id, 'a repetition')
  local resting = call('order.place', { user = user, side = 'buy', quantity = 1, symbol = 'AAPL', limit = '50' })
  assert(call('order.cancel', { user = user, order_id = resting.order_id }).status == 'CANCELED', 'order.cancel')
  assert(refused('order.cancel', { user = user, order_id = resting.order_id }), 'a second cancel')
  assert(refused('no.such.method'), 'an unknown method')

  local trades = call('trade.list', { user = user, limit = 10 })
  assert(#trades.rows == 1 and trades.columns[1] == 'trade_id', 'trade.list')
  local positions = call('position.list', { user = user })
  assert(positions.rows[1][1] == 'AAPL' and positions.rows[1][2] == '2', 'position.list')
  assert(call('run.stop', { user = user }).status == 'STOPPED', 'run.stop')
  return run.run_id
end

local done, result = pcall(session, vim.env.TRADINGD_SOCKET, vim.env.TRADINGD_USER, vim.env.TRADINGD_FEED)
io.stdout:write(done and ('done ' .. result .. '\n') or ('failed: ' .. tostring(result) .. '\n'))
vim.cmd(done and 'qall!' or 'cquit!')
