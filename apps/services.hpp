// The small services of old, over TCP: echo (RFC 862), discard (RFC 863), character generator (RFC 864).
#pragma once

#include <functional>

#include "stack/sockets.hpp"

namespace handwave {

/// How long a peer may leave a service's output unread, or leave it without input, before it is cut off.
inline constexpr Duration service_patience = std::chrono::minutes{10};

/// What serves one connection to its end.
using Service = std::function<Task<void>(Stream stream)>;

/// Accepts connections and starts `service` for each, until the listener is stopped.
Task<void> accept_each(Sockets& sockets, Listener listener, Service service);

/// RFC 862: sends back what it receives, until the peer closes.
Task<void> serve_echo(Sockets& sockets, Stream stream);
/// RFC 863: throws away what it receives, until the peer closes.
Task<void> serve_discard(Sockets& sockets, Stream stream);
/// RFC 864: sends `pattern` again and again, as fast as it goes and without copying it, and throws away what it
/// receives, until the peer closes.
Task<void> serve_chargen(Sockets& sockets, Stream stream, Slice pattern);

/// The lines of RFC 864's pattern, a whole number of its periods.
Slice chargen_pattern();

}  // namespace handwave
