/**
 * What every carrier does over every transport, said once. Start with {@code CarrierContract}; a carrier adds a
 * {@code Carrier} and an empty subclass.
 */
@NullMarked
package dev.reversetunnel.contract;

import org.jspecify.annotations.NullMarked;
