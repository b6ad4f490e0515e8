/**
 * Documents of V2Ray and Xray, loaded into a node and written back. Start with
 * {@link dev.reversetunnel.config.Document}; {@code DOCUMENTS.md} beside this module's sources says what of them is
 * supported.
 *
 * <p>In the order in which a document passes through:
 *
 * <pre>
 * JsonReader          text -> Value, each with its Place (file, path, line, column); SyntaxFault explains what is no JSON
 * Merger              several files -> one
 * Section             an object while it is read: asks for keys, tells of those that nobody asked for (UnsupportedKeys)
 * ...Part             what a section says, as a value: Model holds LogPart, InboundPart, OutboundPart, RoutingPart ...
 * ...Inbound          settings of a protocol, behind InboundSettings
 * ...Outbound         settings of a protocol, behind OutboundSettings
 * Tags                who is called what, and who names whom
 * Assembly            Model -> a node's builder
 * DocumentWriter      Model -> a document of another Format, by way of Migration where Xray has given up domains
 * </pre>
 *
 * <p>Rules that hold inside: a fault is collected ({@code Faults}) and reading goes on, so that all are told at once;
 * what nobody asks for is a fault, so nothing is dropped silently; what this library refuses to build is a fault at the
 * place that asked for it; what only this machine lacks, such as a file, is no fault of the document; no message holds
 * a secret.
 */
@NullMarked
package dev.reversetunnel.config;

import org.jspecify.annotations.NullMarked;
