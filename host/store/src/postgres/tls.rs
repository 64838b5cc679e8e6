//! TLS to a server, with the checks that `sslmode` asks for.

use std::{io, sync::Arc};

use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme,
    client::{
        WebPkiServerVerifier,
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    },
    crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What is checked of a server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checks {
    /// Nothing: the connection is encrypted, no matter who answers.
    Nothing,
    /// That a known authority issued it.
    Authority,
    /// That, and that it is for this server's name.
    AuthorityAndName,
}

/// PEM files, or their text.
#[derive(Clone, Debug, Default)]
pub(super) struct Certificates {
    /// Authorities beside those that everybody knows.
    pub(super) root: Option<String>,
    /// Ours.
    pub(super) client: Option<String>,
    pub(super) client_key: Option<String>,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub(super) enum TlsError {
    #[error("{0}: {1}")]
    File(String, io::Error),
    #[error("{0}: {1}")]
    Pem(String, rustls::pki_types::pem::Error),
    #[error("sslcert and sslkey are given together or not at all")]
    Half,
    #[error(transparent)]
    Rustls(#[from] Error),
    #[error(transparent)]
    Verifier(#[from] rustls::client::VerifierBuilderError),
}

/// Makes the connector; the files are read anew, since they may have been renewed.
pub(super) fn connector(checks: Checks, certificates: &Certificates) -> Result<MakeRustlsConnect, TlsError> {
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
    let config = match verifier(checks, certificates, provider)? {
        Verifier::Whole(roots) => config.with_root_certificates(roots),
        Verifier::Part(verifier) => config.dangerous().with_custom_certificate_verifier(verifier),
    };
    let config = match (&certificates.client, &certificates.client_key) {
        (None, None) => config.with_no_client_auth(),
        (Some(certificate), Some(key)) => {
            let pem = read(key)?;
            let key = PrivateKeyDer::from_pem_slice(&pem).map_err(|error| TlsError::Pem(named(key), error))?;
            config.with_client_auth_cert(chain(certificate)?, key)?
        }
        _ => return Err(TlsError::Half),
    };
    Ok(MakeRustlsConnect::new(config))
}

enum Verifier {
    /// All that rustls checks by itself.
    Whole(RootCertStore),
    /// Less.
    Part(Arc<dyn ServerCertVerifier>),
}

fn verifier(checks: Checks, certificates: &Certificates, provider: Arc<CryptoProvider>) -> Result<Verifier, TlsError> {
    let algorithms = provider.signature_verification_algorithms;
    if checks == Checks::Nothing {
        return Ok(Verifier::Part(Arc::new(AnyName { authority: None, algorithms })));
    }
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    if let Some(root) = &certificates.root {
        for certificate in chain(root)? {
            roots.add(certificate)?;
        }
    }
    if checks == Checks::AuthorityAndName {
        return Ok(Verifier::Whole(roots));
    }
    let authority = Some(WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build()?);
    Ok(Verifier::Part(Arc::new(AnyName { authority, algorithms })))
}

/// The certificates of a file.
fn chain(file: &str) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let pem = read(file)?;
    let read: Result<_, _> = CertificateDer::pem_slice_iter(&pem).collect();
    read.map_err(|error| TlsError::Pem(named(file), error))
}

/// A file's bytes, or the text itself where it is no file's name.
fn read(file: &str) -> Result<Vec<u8>, TlsError> {
    if is_pem(file) {
        return Ok(file.as_bytes().to_vec());
    }
    std::fs::read(file).map_err(|error| TlsError::File(file.to_owned(), error))
}

fn is_pem(text: &str) -> bool {
    text.trim_start().starts_with("-----BEGIN")
}

/// How an error names a file.
fn named(file: &str) -> String {
    if is_pem(file) { "a certificate or key of the address".to_owned() } else { file.to_owned() }
}

/// Checks less than rustls does by itself: that the server has the key of its certificate and, given a verifier, that a known
/// authority issued it. The name is not checked.
#[derive(Debug)]
struct AnyName {
    authority: Option<Arc<WebPkiServerVerifier>>,
    algorithms: WebPkiSupportedAlgorithms,
}

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let Some(authority) = &self.authority else { return Ok(ServerCertVerified::assertion()) };
        match authority.verify_server_cert(certificate, intermediates, name, ocsp, now) {
            Err(Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signed, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signed, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
