// Clients of the daemon's socket, each with one market order under way at a time.

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include "daemon/protocol/codec.h"
#include "daemon/protocol/frame.h"
#include "tests/bench/commands.h"
#include "tests/bench/desk.h"

namespace tradingd::bench {

namespace {

using Clock = std::chrono::steady_clock;

/// One connection, trading for the user of its number. Closed when it goes.
class Trader {
 public:
  Trader(const std::string& path, int number, const std::string& session)
      : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)),
        name_("user" + std::to_string(number)),
        prefix_(session) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) throw std::runtime_error("the socket's path is too long: " + path);
    std::memcpy(address.sun_path, path.data(), path.size());
    // bind(2)'s own cast.
    const auto* any =
        reinterpret_cast<const sockaddr*>(&address);  // NOLINT(cppcoreguidelines-pro-type-reinterpret-cast)
    if (::connect(fd_, any, sizeof address) != 0) {
      throw std::runtime_error("can't connect to " + path + ": " + std::strerror(errno));
    }
  }
  Trader(Trader&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)),
        name_(std::move(other.name_)),
        prefix_(std::move(other.prefix_)),
        reader_(std::move(other.reader_)) {}
  Trader(const Trader&) = delete;
  Trader& operator=(const Trader&) = delete;
  Trader& operator=(Trader&&) = delete;
  ~Trader() {
    if (fd_ >= 0) ::close(fd_);
  }

  [[nodiscard]] int fd() const { return fd_; }

  void send_order() {
    ++number_;
    const nlohmann::json arguments{{"user", name_},
                                   {"side", "buy"},
                                   {"quantity", "0.0001"},
                                   {"symbol", Desk::kSymbol},
                                   {"request_id", prefix_ + name_ + "-" + std::to_string(number_)}};
    const std::string frame = protocol::encode_request(number_, "order.place", arguments);
    sent_ = Clock::now();
    if (::send(fd_, frame.data(), frame.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(frame.size())) {
      throw std::runtime_error("the daemon doesn't take an order");
    }
  }

  /// Reads what is there; true when the answer is complete. Throws unless the order was filled.
  bool receive() {
    std::array<char, 8'192> bytes{};
    const ssize_t length = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (length <= 0) throw std::runtime_error("the daemon closed the connection");
    reader_.feed({bytes.data(), static_cast<std::size_t>(length)});
    const auto frame = reader_.next();
    if (!frame) return false;
    const protocol::Message message = protocol::decode(*frame, protocol::Numbers::any);
    const auto& response = std::get<protocol::ResponseMessage>(message);
    if (!response.error.is_null()) throw std::runtime_error("an order failed: " + response.error.dump());
    if (response.result.at("status") != "FILLED") {
      throw std::runtime_error("an order was not filled: " + response.result.dump());
    }
    return true;
  }

  [[nodiscard]] Clock::time_point sent() const { return sent_; }

 private:
  int fd_;
  std::string name_;
  std::string prefix_;
  std::uint32_t number_ = 0;
  Clock::time_point sent_;
  protocol::FrameReader reader_{protocol::kResponseBytesMax};
};

double at_share(const std::vector<double>& sorted, double share) {
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

}  // namespace

nlohmann::json bench_orders(const OrdersOptions& options) {
  const std::string session = std::to_string(Clock::now().time_since_epoch().count()) + "-";
  std::vector<Trader> traders;
  std::vector<pollfd> waits;
  traders.reserve(static_cast<std::size_t>(options.clients));
  waits.reserve(traders.capacity());
  for (int i = 1; i <= options.clients; ++i) {
    traders.emplace_back(options.socket, i, session);
    waits.push_back({traders.back().fd(), POLLIN, 0});
  }
  const auto start = Clock::now();
  const auto warm =
      start + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.warm_up_s));
  const auto end = warm + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(options.seconds));
  for (Trader& trader : traders) trader.send_order();
  std::vector<double> latencies_us;
  for (std::size_t open = traders.size(); open > 0;) {
    if (::poll(waits.data(), waits.size(), 10'000) <= 0) throw std::runtime_error("the daemon doesn't answer");
    for (std::size_t i = 0; i < waits.size(); ++i) {
      if (waits[i].revents == 0 || !traders[i].receive()) continue;
      const auto now = Clock::now();
      if (traders[i].sent() >= warm) {
        latencies_us.push_back(std::chrono::duration<double, std::micro>(now - traders[i].sent()).count());
      }
      if (now < end) {
        traders[i].send_order();
      } else {
        waits[i].fd = -1;
        --open;
      }
    }
  }
  if (latencies_us.empty()) throw std::runtime_error("no order was answered in time");
  const double spent = std::chrono::duration<double>(Clock::now() - warm).count();
  std::sort(latencies_us.begin(), latencies_us.end());
  return {{"clients", options.clients},
          {"orders", latencies_us.size()},
          {"orders_per_s", static_cast<double>(latencies_us.size()) / spent},
          {"p50_us", at_share(latencies_us, 0.5)},
          {"p99_us", at_share(latencies_us, 0.99)},
          {"p999_us", at_share(latencies_us, 0.999)}};
}

}  // namespace tradingd::bench
