#include "tun/netlink.hpp"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <vector>

#include "tun/system_error.hpp"

namespace handwave {
namespace {

constexpr const char* need_privilege =
    "CAP_NET_ADMIN is needed: run as root, or in namespaces of your own: unshare --user --map-root-user --net";

template <class T>
Bytes bytes_of(const T& value) {
  return {reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

ifinfomsg about(int interface) {
  ifinfomsg body{};
  body.ifi_family = AF_UNSPEC;
  body.ifi_index = interface;
  return body;
}

/// The kernel's explanation in an extended acknowledgment (NLMSGERR_ATTR_MSG); empty if there is none.
std::string explanation(const nlmsghdr& message) {
  if ((message.nlmsg_flags & NLM_F_ACK_TLVS) == 0) return {};
  // NETLINK_CAP_ACK: the request is not repeated, attributes follow the error at once.
  const auto* start = reinterpret_cast<const std::uint8_t*>(&message);
  std::size_t offset = NLMSG_LENGTH(sizeof(nlmsgerr));
  while (offset + sizeof(nlattr) <= message.nlmsg_len) {
    nlattr attribute{};
    std::memcpy(&attribute, start + offset, sizeof attribute);
    if (attribute.nla_len < sizeof attribute || offset + attribute.nla_len > message.nlmsg_len) break;
    if (attribute.nla_type == NLMSGERR_ATTR_MSG && attribute.nla_len > sizeof attribute)
      return {reinterpret_cast<const char*>(start + offset + sizeof attribute),
              attribute.nla_len - sizeof attribute - 1};
    offset += NLA_ALIGN(attribute.nla_len);
  }
  return {};
}

}  // namespace

/// A message under construction: header, fixed body, attributes.
class Netlink::Request {
 public:
  template <class Body>
  Request(std::uint16_t type, std::uint16_t flags, const Body& body) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    append(bytes_of(header));
    append(bytes_of(body));
  }

  void attribute(std::uint16_t type, Bytes value) {
    const std::size_t start = open(type);
    append(value);
    close(start);
  }
  /// Opens an attribute that holds attributes; close() with what this returned.
  std::size_t open(std::uint16_t type) {
    const std::size_t start = octets_.size();
    nlattr header{};
    header.nla_type = type;
    append(bytes_of(header));
    return start;
  }
  void close(std::size_t start) {
    const auto length = static_cast<std::uint16_t>(unpadded_ - start);
    std::memcpy(octets_.data() + start, &length, sizeof length);
  }
  Bytes finish(std::uint32_t sequence) {
    nlmsghdr header{};
    std::memcpy(&header, octets_.data(), sizeof header);
    header.nlmsg_len = static_cast<std::uint32_t>(octets_.size());
    header.nlmsg_seq = sequence;
    std::memcpy(octets_.data(), &header, sizeof header);
    return octets_;
  }

 private:
  void append(Bytes bytes) {
    octets_.insert(octets_.end(), bytes.begin(), bytes.end());
    unpadded_ = octets_.size();
    octets_.resize(NLMSG_ALIGN(octets_.size()));
  }

  std::vector<std::uint8_t> octets_;
  std::size_t unpadded_ = 0;  ///< where the last value ends, its padding left out
};

Netlink::Netlink() : socket_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
  if (!socket_) throw SystemError("open a netlink socket", errno);
  // Both only make errors more readable; kernels before 4.12 do without.
  const int on = 1;
  ::setsockopt(socket_.number(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  ::setsockopt(socket_.number(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
}

void Netlink::perform(Request& request, const std::string& attempt, const std::string& advice) {
  const Bytes message = request.finish(++sequence_);
  if (::send(socket_.number(), message.data(), message.size(), 0) < 0) throw SystemError(attempt, errno);

  alignas(nlmsghdr) std::array<std::uint8_t, 4096> answer{};
  nlmsghdr header{};
  do {
    const ssize_t size = ::recv(socket_.number(), answer.data(), answer.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size < static_cast<ssize_t>(sizeof(nlmsghdr))) throw SystemError(attempt, size < 0 ? errno : EBADMSG);
    std::memcpy(&header, answer.data(), sizeof header);
  } while (header.nlmsg_seq != sequence_ || header.nlmsg_type != NLMSG_ERROR);

  nlmsgerr error{};
  std::memcpy(&error, answer.data() + NLMSG_HDRLEN, sizeof error);
  if (error.error == 0) return;
  const std::error_code code(-error.error, std::generic_category());
  const std::string why = explanation(*reinterpret_cast<const nlmsghdr*>(answer.data()));
  throw SystemError(attempt, why.empty() ? code.message() : code.message() + ", " + why, code,
                    code == std::errc::operation_not_permitted ? need_privilege : advice);
}

void Netlink::set_mtu(int interface, std::uint32_t mtu) {
  Request request(RTM_NEWLINK, 0, about(interface));
  request.attribute(IFLA_MTU, bytes_of(mtu));
  perform(request, "set an MTU of " + std::to_string(mtu));
}

void Netlink::set_queue_length(int interface, std::uint32_t packets) {
  Request request(RTM_NEWLINK, 0, about(interface));
  request.attribute(IFLA_TXQLEN, bytes_of(packets));
  perform(request, "set a queue of " + std::to_string(packets) + " packets");
}

void Netlink::disable_address_generation(int interface) {
  Request request(RTM_NEWLINK, 0, about(interface));
  const std::size_t families = request.open(IFLA_AF_SPEC);
  const std::size_t inet6 = request.open(AF_INET6);
  request.attribute(IFLA_INET6_ADDR_GEN_MODE, bytes_of(std::uint8_t{IN6_ADDR_GEN_MODE_NONE}));
  request.close(inet6);
  request.close(families);
  try {
    perform(request, "turn off automatic IPv6 addresses");
  } catch (const SystemError& error) {
    if (error.code() != std::errc::address_family_not_supported) throw;
  }
}

void Netlink::add_address(int interface, const AddressPrefix& address) {
  ifaddrmsg body{};
  body.ifa_family = address.address.is_v4() ? AF_INET : AF_INET6;
  body.ifa_prefixlen = address.length;
  body.ifa_flags = address.address.is_v6() ? IFA_F_NODAD : 0;
  body.ifa_scope = RT_SCOPE_UNIVERSE;
  body.ifa_index = static_cast<std::uint32_t>(interface);
  Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body);
  request.attribute(IFA_LOCAL, address.address.octets());
  request.attribute(IFA_ADDRESS, address.address.octets());
  perform(request, "give the kernel the address " + address.to_string(),
          address.address.is_v6() ? "if IPv6 is turned off on this machine, use IPv4 addresses only" : "");
}

void Netlink::bring_up(int interface) {
  ifinfomsg body = about(interface);
  body.ifi_flags = body.ifi_change = IFF_UP;
  Request request(RTM_NEWLINK, 0, body);
  perform(request, "bring the interface up");
}

}  // namespace handwave
