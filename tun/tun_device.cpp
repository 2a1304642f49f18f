#include "tun/tun_device.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "tun/interfaces.hpp"
#include "tun/netlink.hpp"
#include "tun/system_error.hpp"
#include "tun/virtio_header.hpp"

namespace handwave {
namespace {

constexpr const char* device_path = "/dev/net/tun";

/// A packet is read to this place in its block, the virtio header right before it: the IP header is aligned.
constexpr std::size_t packet_offset = 16;
/// The largest packet there is: IPv6 counts its payload only, up to 65535 octets behind a header of 40.
constexpr std::size_t block_size = packet_offset + 40 + 65535;
/// 2 MiB: enough for what one connection's receive buffer of a mebibyte holds at a time, as large segments.
constexpr std::size_t pooled_blocks = 32;

/// Packets that may wait for us before the kernel drops. Its default, 500, is less than what a thousand connections
/// send at once; the memory is bounded by their windows.
constexpr std::uint32_t queue_length = 4096;

constexpr std::uint16_t minimum_mtu = 68;         // RFC 791 §3.2: what every IPv4 module forwards unfragmented
constexpr std::uint16_t minimum_ipv6_mtu = 1280;  // RFC 8200 §5

void check(const TunConfig& config) {
  const std::error_code invalid = std::make_error_code(std::errc::invalid_argument);
  const std::string attempt = "make the TUN device " + config.name;
  if (config.name.empty() || config.name.size() >= IFNAMSIZ)
    throw SystemError(attempt, "a device's name has 1 to 15 characters", invalid);
  if (config.mtu < minimum_mtu)
    throw SystemError(attempt, "the MTU of " + std::to_string(config.mtu) + " is below the 68 octets that IPv4 needs",
                      invalid);
  const bool ipv6 = std::ranges::any_of(config.kernel_addresses, [](const auto& a) { return a.address.is_v6(); });
  if (ipv6 && config.mtu < minimum_ipv6_mtu)
    throw SystemError(attempt, "the MTU of " + std::to_string(config.mtu) + " is below the 1280 octets that IPv6 needs",
                      invalid, "use IPv4 addresses only, or a larger MTU");
}

FileDescriptor open_driver() {
  FileDescriptor file(::open(device_path, O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (file) return file;
  const int error = errno;
  const char* advice = "";
  if (error == ENOENT) advice = "load the driver: modprobe tun, or make the node: mknod /dev/net/tun c 10 200";
  if (error == ENXIO || error == ENODEV) advice = "load the driver: modprobe tun";
  if (error == EACCES || error == EPERM) advice = "run as root, or let this user read and write it";
  throw SystemError(std::string("open ") + device_path, error, advice);
}

/// Makes the interface; gives its name.
std::string attach(const FileDescriptor& file, const TunConfig& config) {
  ifreq request{};
  std::ranges::copy(config.name, request.ifr_name);
  // Without IFF_TUN_EXCL we might take over somebody's persistent device, and leave it changed.
  request.ifr_flags = static_cast<short>(IFF_TUN | IFF_NO_PI | IFF_TUN_EXCL | (config.offload ? IFF_VNET_HDR : 0));
  if (::ioctl(file.number(), TUNSETIFF, &request) == 0) return request.ifr_name;
  const int error = errno;
  const char* advice = "";
  if (error == EBUSY) advice = "an interface of that name exists: choose another with --tun NAME";
  if (error == EINVAL) advice = "a device's name has no slash, colon or space in it, and %d once at most";
  if (error == EPERM)
    advice = "CAP_NET_ADMIN is needed: run as root, or in namespaces of your own: unshare --user --map-root-user --net";
  throw SystemError("make the TUN device " + config.name, error, advice);
}

/// Super-segments and partial checksums, both ways, and among the super-segments those that carry CWR (RFC 3168): that
/// is their first segment's, and the stack takes it for nothing else.
void enable_offload(const FileDescriptor& file, const std::string& name) {
  int header_size = sizeof(VirtioHeader);
  if (::ioctl(file.number(), TUNSETVNETHDRSZ, &header_size) != 0 ||
      ::ioctl(file.number(), TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN) != 0)
    throw SystemError("turn on segmentation offload of " + name, errno, "do without: --no-offload");
}

/// The kernel would take a network twice, and send everything for it to the interface that had it first.
void refuse_networks_in_use(const TunConfig& config) {
  const std::vector<InterfaceAddress> in_use = interface_addresses();
  for (const AddressPrefix& ours : config.kernel_addresses)
    for (const auto& [interface, other] : in_use)
      if (other.length == ours.length && other.contains(ours.address))
        throw SystemError("give the kernel the address " + ours.to_string(),
                          "its network is that of " + interface + " already",
                          std::make_error_code(std::errc::address_in_use),
                          "is another handwave running? choose another network with --address");
}

void set_up(const std::string& name, const TunConfig& config) {
  const int index = static_cast<int>(::if_nametoindex(name.c_str()));
  if (index == 0) throw SystemError("find the TUN device " + name, errno);
  Netlink netlink;
  netlink.set_mtu(index, config.mtu);
  netlink.set_queue_length(index, queue_length);
  netlink.disable_address_generation(index);
  for (const AddressPrefix& address : config.kernel_addresses) netlink.add_address(index, address);
  netlink.bring_up(index);
}

}  // namespace

TunDevice::TunDevice(const TunConfig& config) : offload_(config.offload), blocks_(block_size, pooled_blocks) {
  check(config);
  file_ = open_driver();
  refuse_networks_in_use(config);
  name_ = attach(file_, config);
  if (offload_) enable_offload(file_, name_);
  set_up(name_, config);
}

std::optional<IncomingPacket> TunDevice::read(Instant /*now*/) {
  Block block = blocks_.take();
  const std::size_t header_size = offload_ ? sizeof(VirtioHeader) : 0;
  const ssize_t size = ::read(file_.number(), block.data() + packet_offset - header_size,
                              block.capacity() - packet_offset + header_size);
  if (size < 0) {
    if (errno == EAGAIN || errno == EINTR) return std::nullopt;
    throw SystemError("read from the TUN device " + name_, errno, "was the interface removed?");
  }
  if (static_cast<std::size_t>(size) <= header_size) return std::nullopt;

  IncomingPacket packet;
  if (offload_) {
    VirtioHeader header;
    std::memcpy(&header, block.data() + packet_offset - header_size, sizeof header);
    packet.checksum_verified = header.checksum_verified();
    packet.segment_size = header.segment_size();
  }
  packet.bytes = Slice(std::move(block), packet_offset, static_cast<std::size_t>(size) - header_size);
  ++statistics_.packets_read;
  statistics_.octets_read += packet.bytes.size();
  return packet;
}

void TunDevice::write(Instant /*now*/, const OutgoingPacket& packet) {
  expects(offload_ || (!packet.checksum_partial && packet.segment_size == 0),
          "a device without offload is given finished packets");
  VirtioHeader header = VirtioHeader::describing(packet);
  std::array<iovec, 2 + OutgoingPacket::max_payload_slices> pieces;
  std::size_t count = 0;
  // writev() does not change what it is given, but its type does not say so.
  const auto add = [&](const void* data, std::size_t size) { pieces[count++] = {const_cast<void*>(data), size}; };
  if (offload_) add(&header, sizeof header);
  add(packet.header().data(), packet.header().size());
  for (const Bytes slice : packet.payload()) add(slice.data(), slice.size());

  // A packet goes whole or not at all. There is nothing to wait for: writing hands the packet to the kernel's own
  // receive path at once, and what fails (memory, an interface taken down) counts as lost on the wire.
  if (::writev(file_.number(), pieces.data(), static_cast<int>(count)) < 0) {
    ++statistics_.packets_refused;
    return;
  }
  ++statistics_.packets_written;
  statistics_.octets_written += packet.size();
}

}  // namespace handwave
