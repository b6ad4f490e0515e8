package dev.reversetunnel.house;

import dev.reversetunnel.TunnelException;
import dev.reversetunnel.testkit.ApiListing;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ApiListingTest {
    @Test
    void public_api_is_the_committed_one() throws IOException {
        ApiListing.verify(TunnelException.class, "reverse-core");
    }
}
