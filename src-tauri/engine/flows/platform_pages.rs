//! Opens the page of a platform, of a connection of its, or of a workflow there: what cannot be mended from here is one
//! click away [D2].

use domain::{PlatformConnectionId, PlatformId, WorkflowId};
use url::Url;

use crate::{Engine, Error};

impl Engine {
    /// Opens the page of whichever of the three has this id, in the browser.
    ///
    /// # Errors
    /// [`Error::BadInput`] where no page is known, it is none that a browser is sent to, or the browser did not open.
    pub async fn open_platform_page(&self, id: &str) -> Result<(), Error> {
        let page = self.page_of(id)?.ok_or(Error::BadInput("no page of it is known"))?;
        let page = Url::parse(&page).map_err(|_| Error::BadInput("its page is no address"))?;
        self.parts.browser.open(&page).await.map_err(|_| Error::BadInput("the browser did not open"))
    }

    fn page_of(&self, id: &str) -> Result<Option<String>, Error> {
        let store = &self.parts.store;
        if let Some(found) = store.find_platform_connection(&PlatformConnectionId::from_text(id))? {
            return Ok(found.page);
        }
        if let Some(found) = store.find_workflow(&WorkflowId::from_text(id))? {
            return Ok(found.page);
        }
        let platform = store.find_platform(&PlatformId::from_text(id))?;
        let address = platform.and_then(|it| it.address);
        // Make's is a zone without a scheme.
        Ok(address.map(|it| if it.contains("://") { it } else { format!("https://{it}") }))
    }
}
